-- title: Concentration
-- question: How much of the usage is that of a few large projects?
-- section: activity
-- chart: bar of share_of_top_1_percent, share_of_top_5_percent, share_of_top_10_percent, share_of_top_50_percent by measure
-- unit: share of the measure
-- grain: one measure: runs, node_runs or node_seconds
-- key: measure
-- regardless: invocations.outcome
-- rests_on: share_of_top_1_percent: projects / 100
-- rests_on: share_of_top_5_percent: projects / 20
-- rests_on: share_of_top_10_percent: projects / 10
-- rests_on: share_of_top_50_percent: projects / 2
-- caveat: projects are those with any of the measure in the window of days, ranked by each measure for itself. The top 1 % of them is rounded up to a whole project, so that it is one at least.
-- caveat: effective_projects (Kish) is how many projects of one size would have results that vary as much: (sum n)^2 / sum n^2. A pooled rate rests on these rather than on projects.
-- caveat: runs are without invalid ones. node_runs and node_seconds are without tests and unit tests, which dbt 1 does not report as nodes and dbt 2 does. dbt 1 does not report the nodes that it skips because a parent failed.
-- caveat: node_seconds are the execution time of nodes, in parallel ones that of each. A skipped node has none.
-- caveat: What is of no known project is in no share: share_known is how much of the measure is of a known one.
-- caveat: A template's name is the same everywhere: all projects of a template without a known account are one, which may be large.
-- column: measure: runs, node_runs or node_seconds: what is added up by project
-- column: projects [count]: Distinct known projects with any of the measure
-- column: amount: The measure of these projects together: runs, node runs, or seconds of execution time
-- column: share_known [share]: Share of the measure that is of a known project
-- column: effective_projects [count]: How many projects of one size would have results that vary as much (Kish)

WITH
run_totals AS (
    SELECT project_key, COUNT(*) AS amount
    FROM invocations
    WHERE outcome <> 'invalid'
    GROUP BY project_key
),
node_totals AS (
    SELECT
        project_key,
        CAST(SUM(nodes) AS BIGINT) AS nodes,
        -- Whole microseconds: a sum of floats would depend on the order of rows.
        CAST(SUM(CAST(ROUND(execution_seconds * 1000000) AS BIGINT)) AS BIGINT) AS microseconds
    FROM node_days
    WHERE resource_type IS NULL OR resource_type NOT IN ('test', 'unit_test')
    GROUP BY project_key
),
amounts AS (
    SELECT 'runs' AS measure, 1 AS measure_number, project_key, CAST(amount AS BIGINT) AS amount FROM run_totals
    UNION ALL
    SELECT 'node_runs' AS measure, 2 AS measure_number, project_key, nodes AS amount FROM node_totals
    UNION ALL
    SELECT 'node_seconds' AS measure, 3 AS measure_number, project_key, microseconds AS amount FROM node_totals
),
-- Polars orders a window by columns of one direction only.
falling AS (
    SELECT measure, project_key, amount, 0 - amount AS falling_amount
    FROM amounts
    WHERE project_key IS NOT NULL AND amount > 0
),
known AS (
    SELECT
        measure,
        project_key,
        amount,
        ROW_NUMBER() OVER (PARTITION BY measure ORDER BY falling_amount, project_key) AS place
    FROM falling
),
totals AS (
    SELECT
        measure,
        measure_number,
        CAST(SUM(amount) AS BIGINT) AS amount,
        CAST(COALESCE(SUM(CASE WHEN project_key IS NOT NULL THEN amount END), 0) AS BIGINT) AS known_amount,
        COUNT(*) FILTER (WHERE project_key IS NOT NULL AND amount > 0) AS projects
    FROM amounts
    GROUP BY measure, measure_number
),
-- How many percent of the projects are before one: below p, it is one of the top p percent, rounded up.
ranked AS (
    SELECT
        k.measure AS measure,
        k.amount AS amount,
        (CAST(k.place AS BIGINT) - 1) * 100 AS before,
        CAST(t.projects AS BIGINT) AS projects,
        CAST(k.amount AS DOUBLE) / t.known_amount AS share
    FROM known AS k
    INNER JOIN totals AS t ON k.measure = t.measure
),
tops AS (
    SELECT
        measure,
        CAST(SUM(CASE WHEN before < projects THEN amount END) AS BIGINT) AS top_1,
        CAST(SUM(CASE WHEN before < 5 * projects THEN amount END) AS BIGINT) AS top_5,
        CAST(SUM(CASE WHEN before < 10 * projects THEN amount END) AS BIGINT) AS top_10,
        CAST(SUM(CASE WHEN before < 50 * projects THEN amount END) AS BIGINT) AS top_50,
        -- Shares squared, in whole units of 10^-18: amounts squared are more than a whole number can hold.
        CAST(SUM(CAST(ROUND(share * share * 1000000000000000000) AS BIGINT)) AS DOUBLE) / 1000000000000000000
            AS squares
    FROM ranked
    GROUP BY measure
)
SELECT
    t.measure AS measure,
    t.projects AS projects,
    CASE WHEN t.measure = 'node_seconds' THEN CAST(t.known_amount AS DOUBLE) / 1000000
        ELSE CAST(t.known_amount AS DOUBLE) END AS amount,
    CAST(t.known_amount AS DOUBLE) / NULLIF(t.amount, 0) AS share_known,
    CAST(p.top_1 AS DOUBLE) / t.known_amount AS share_of_top_1_percent,
    CAST(p.top_5 AS DOUBLE) / t.known_amount AS share_of_top_5_percent,
    CAST(p.top_10 AS DOUBLE) / t.known_amount AS share_of_top_10_percent,
    CAST(p.top_50 AS DOUBLE) / t.known_amount AS share_of_top_50_percent,
    1 / p.squares AS effective_projects
FROM totals AS t
LEFT JOIN tops AS p ON t.measure = p.measure
ORDER BY t.measure_number
