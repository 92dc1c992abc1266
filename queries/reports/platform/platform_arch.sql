-- title: Architectures
-- question: On which processor architectures does dbt run?
-- section: platform
-- chart: bar of share_of_known by arch
-- unit: share of the runs whose value is known
-- grain: one processor architecture; null: unknown
-- key: arch
-- regardless: invocations.outcome
-- caveat: dbt 2 does not report its platform, so its runs are in the unknown row. known_share says how much is known.
-- caveat: projects are active ones, with an invocation other than invalid. One with two values counts in both.

SELECT
    value AS arch,
    runs,
    projects,
    share_of_known,
    known_share
FROM platform_shares
WHERE dimension = 'arch'
ORDER BY value IS NULL, runs DESC, value
