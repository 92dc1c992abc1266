-- title: Python versions
-- question: On which versions of Python does dbt run?
-- section: platform
-- chart: bar of share_of_known by python_minor
-- unit: share of the runs whose value is known
-- grain: one minor version of Python; null: unknown
-- key: python_minor
-- regardless: invocations.outcome
-- caveat: dbt 2 does not report its platform, so its runs are in the unknown row. known_share says how much is known.
-- caveat: projects are active ones, with an invocation other than invalid. One with two values counts in both.

SELECT
    value AS python_minor,
    runs,
    projects,
    share_of_known,
    known_share
FROM platform_shares
WHERE dimension = 'python'
-- 3.9 before 3.11: both parts are numbers, and the first one has a single digit.
ORDER BY value IS NULL, LENGTH(value), value
