-- title: Tests per model
-- question: How many tests do projects of each size have for each model?
-- section: size
-- chart: heatmap of share_of_class by tests_per_model, models_from
-- unit: share of the projects of a size
-- grain: one size class of projects by models and one band of tests per model
-- key: models_from, tests_per_model
-- regardless: invocations.outcome
-- caveat: Tests are data tests and unit tests. Before 1.8 unit tests are not counted, as there are none.
-- caveat: Over the active projects of the window: those with an invocation other than invalid. Each counts once, with what its newest such run that knows its models and data tests tells.
-- caveat: Projects without a model, without a known count (before 0.19.1), or without an id are not in it. Size classes and bands without a project are not listed.
-- caveat: A band ends with its number: up to 1 is above 0.5, and 1 itself is in it. Models and tests are those of the packages, too, whatever a run selects.
-- caveat: A data test may test many columns or none that matters: how many there are does not say how well a project is tested.
-- caveat: share_of_class is projects / class_projects. The interval (95 %) treats the project as the unit: Wilson's.
-- column: tests_per_model: Band of tests for each model: 0, up to 0.5, up to 1, up to 2, up to 5 or over 5
-- column: projects [count]: Distinct active projects of the size class in the band
-- column: class_projects [count]: Distinct active projects of the size class
-- column: share_of_class [share]: projects / class_projects

WITH
runs AS (
    SELECT project_key, first_event_at, models, data_tests + COALESCE(unit_tests, 0) AS tests
    FROM invocations
    WHERE outcome <> 'invalid' AND project_key IS NOT NULL AND models IS NOT NULL AND data_tests IS NOT NULL
),
newest AS (
    SELECT project_key, MAX(first_event_at) AS newest_at
    FROM runs
    GROUP BY project_key
),
-- Of two runs that began at the same time the greater counts are taken, so that the order of rows does not matter.
projects AS (
    SELECT r.project_key AS project_key, MAX(r.models) AS models, MAX(r.tests) AS tests
    FROM runs AS r
    INNER JOIN newest AS n ON r.project_key = n.project_key AND r.first_event_at = n.newest_at
    GROUP BY r.project_key
),
banded AS (
    SELECT
        CASE WHEN models < 10 THEN 1 WHEN models < 100 THEN 10 WHEN models < 1000 THEN 100 ELSE 1000 END
            AS models_from,
        -- In whole numbers, so that no rounding of a ratio takes it into another band.
        CASE
            WHEN tests = 0 THEN 1
            WHEN 2 * tests <= models THEN 2
            WHEN tests <= models THEN 3
            WHEN tests <= 2 * models THEN 4
            WHEN tests <= 5 * models THEN 5
            ELSE 6
        END AS band
    FROM projects
    WHERE models > 0
),
cells AS (
    SELECT models_from, band, COUNT(*) AS s
    FROM banded
    GROUP BY models_from, band
),
shares AS (
    SELECT models_from, band, s, SUM(s) OVER (PARTITION BY models_from) AS n
    FROM cells
)
-- Each project is a cluster of one, so that all sums of squares and products are counts.
SELECT
    CAST(models_from AS BIGINT) AS models_from,
    CAST(CASE WHEN models_from < 1000 THEN 10 * models_from - 1 END AS BIGINT) AS models_to,
    CASE band
        WHEN 1 THEN '0'
        WHEN 2 THEN 'up to 0.5'
        WHEN 3 THEN 'up to 1'
        WHEN 4 THEN 'up to 2'
        WHEN 5 THEN 'up to 5'
        ELSE 'over 5'
    END AS tests_per_model,
    s AS projects,
    CAST(n AS BIGINT) AS class_projects,
    RATE(s, n) AS share_of_class,
    RATE_LOW(s, n, s, s, n, n) AS share_of_class_low,
    RATE_HIGH(s, n, s, s, n, n) AS share_of_class_high
FROM shares
ORDER BY models_from, band
