-- title: Growth of projects
-- question: How do the same projects grow, by their size at the start?
-- section: size
-- chart: dot of mean_growth_rate by models_from
-- unit: change of models as a share of those at the start
-- grain: one size class of projects by models at the start; 0 apart, which has no relative growth
-- key: models_from
-- rests_on: p50_days, median_growth_rate: projects / 2
-- caveat: The same projects at both ends: the most models of a project in the first week of the window in which they are known, against the last such week, at least 28 days later. Final days only.
-- caveat: Projects that appear or vanish within the window, or were seen over less than 28 days, are not in it: what is new and what is given up is not seen. Runs without a known project are not, either.
-- caveat: The weeks between are not the same for all projects: p50_days tells the median. A growth is not scaled to a year, or to any other time.
-- caveat: The size class is that of the start. Counts vary by themselves, so that small projects seem to grow and large ones to shrink (regression to the mean).
-- caveat: The mean is one of projects, each to a hundredth of a per cent, with its interval (95 %, Student's t). A few projects that multiply move it; the median they do not.
-- caveat: The intervals (95 %) of the shares treat the project as the unit: Wilson's.
-- caveat: Models are all that are enabled in the project and its packages: a new package is growth. Counted since 0.19.1. A project that changes its account is another project.
-- column: models_from [count]: Least number of models at the start; 0: none
-- column: models_to [count]: Greatest number of models at the start; null where there is none
-- column: projects [count]: Distinct projects seen in two weeks at least 28 days apart
-- column: p50_days [days]: Median of the days between a project's first and last week
-- column: median_growth_rate [ratio]: Median of the projects' growth: models at the end / models at the start, less 1
-- column: mean_growth_rate [ratio]: Mean of the projects' growth, every project counting once
-- column: share_growing [share]: Share of projects with more models at the end
-- column: share_shrinking [share]: Share of projects with fewer models at the end
-- column: share_same [share]: Share of projects with as many models at the end

WITH
weeks AS (
    SELECT p.project_key AS project_key, p.week AS week, MAX(p.models) AS models
    FROM project_days AS p
    INNER JOIN days AS d ON p.day = d.day
    WHERE d.is_final AND p.models IS NOT NULL
    GROUP BY p.project_key, p.week
),
spans AS (
    SELECT project_key, MIN(week) AS first_week, MAX(week) AS last_week
    FROM weeks
    GROUP BY project_key
),
long_spans AS (
    SELECT
        project_key,
        first_week,
        last_week,
        (EXTRACT(EPOCH FROM CAST(last_week AS TIMESTAMP)) - EXTRACT(EPOCH FROM CAST(first_week AS TIMESTAMP))) / 86400
            AS days
    FROM spans
    WHERE CAST(first_week + INTERVAL '28 days' AS DATE) <= last_week
),
projects AS (
    SELECT
        w.project_key AS project_key,
        MAX(s.days) AS days,
        MAX(CASE WHEN w.week = s.first_week THEN w.models END) AS models_before,
        MAX(CASE WHEN w.week = s.last_week THEN w.models END) AS models_after
    FROM weeks AS w
    INNER JOIN long_spans AS s ON w.project_key = s.project_key
    GROUP BY w.project_key
),
growths AS (
    SELECT
        CASE
            WHEN models_before < 1 THEN 0
            WHEN models_before < 10 THEN 1
            WHEN models_before < 100 THEN 10
            WHEN models_before < 1000 THEN 100
            ELSE 1000
        END AS models_from,
        days,
        models_before,
        models_after,
        CAST(models_after AS DOUBLE) / NULLIF(models_before, 0) - 1 AS growth,
        -- A whole number, so that sums do not depend on the order of rows. Not ROUND: the engines differ about halves.
        CAST(FLOOR((CAST(models_after AS DOUBLE) / NULLIF(models_before, 0) - 1) * 10000 + 0.5) AS BIGINT) AS units
    FROM projects
),
cells AS (
    SELECT
        models_from,
        COUNT(*) AS n,
        QUANTILE_CONT(days, 0.5) AS p50_days,
        QUANTILE_CONT(growth, 0.5) AS median_growth,
        COUNT(units) AS k,
        SUM(units) AS total,
        -- Of doubles that are whole numbers: the square of a growth by a millionfold is none of 64 bits.
        SUM(CAST(units AS DOUBLE) * units) AS squares,
        COUNT(*) FILTER (WHERE models_after > models_before) AS growing,
        COUNT(*) FILTER (WHERE models_after < models_before) AS shrinking,
        COUNT(*) FILTER (WHERE models_after = models_before) AS same
    FROM growths
    GROUP BY models_from
)
-- Each project is a cluster of one, so that all sums of squares and products are counts.
SELECT
    CAST(models_from AS BIGINT) AS models_from,
    CAST(CASE WHEN models_from = 0 THEN 0 WHEN models_from < 1000 THEN 10 * models_from - 1 END AS BIGINT) AS models_to,
    n AS projects,
    p50_days,
    median_growth AS median_growth_rate,
    MEAN(total, k) / 10000 AS mean_growth_rate,
    MEAN_LOW(total, squares, k) / 10000 AS mean_growth_rate_low,
    MEAN_HIGH(total, squares, k) / 10000 AS mean_growth_rate_high,
    RATE(growing, n) AS share_growing,
    RATE_LOW(growing, n, growing, growing, n, n) AS share_growing_low,
    RATE_HIGH(growing, n, growing, growing, n, n) AS share_growing_high,
    RATE(shrinking, n) AS share_shrinking,
    RATE_LOW(shrinking, n, shrinking, shrinking, n, n) AS share_shrinking_low,
    RATE_HIGH(shrinking, n, shrinking, shrinking, n, n) AS share_shrinking_high,
    RATE(same, n) AS share_same,
    RATE_LOW(same, n, same, same, n, n) AS share_same_low,
    RATE_HIGH(same, n, same, same, n, n) AS share_same_high
FROM cells
ORDER BY models_from
