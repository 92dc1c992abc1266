-- title: First use of features
-- question: How many projects begin to use a feature of dbt, week by week?
-- section: features
-- chart: line of projects_first_using by week for each feature
-- unit: projects
-- grain: one week (its Monday) and feature
-- key: week, feature
-- looks_back: all
-- rests_on: share_first_using, share_first_using_low, share_first_using_high: projects_first_using
-- caveat: A first use is the first in the window. Whoever used it in the first 28 days may have used it before and is not counted; weeks that begin before these are over have no row. Whoever uses it rarely still counts as new.
-- caveat: The longer the window has lasted, the fewer of those who used it before are left to be seen for the first time: a number that falls from week to week tells of that as well. Compare late weeks.
-- caveat: projects could tell in the week, with a run that says whether the feature is used, and had not used it in an earlier week of the window. share_first_using is of these.
-- caveat: projects_known_without are those of projects_first_using that said in an earlier week of the window that they did not use it. The others are new in the window, or moved to a version that reports the feature.
-- caveat: groups, semantic_models and unit_tests are what the project contains. The others are of models that were run: a model that ran for the first time in the window may be an old one.
-- caveat: dbt 2 tells no semantic models. Before 1.8 dbt counted no unit tests, before 1.6 no semantic models, before 1.5 no groups and contracts, before 1.3 no language of a model, before 1.12 no catalogs.
-- caveat: A week is final when its Sunday is. One that is not can still change: events may arrive late. The last week may be cut by the window of days.
-- caveat: The interval (95 %) is Wilson's, every project counting once. Runs without a known project, and invalid ones, are in no column.
-- column: projects [count]: Distinct projects that could tell in the week, and had not used the feature in an earlier one of the window
-- column: projects_first_using [count]: Those of projects that use the feature in the week
-- column: share_first_using [share]: projects_first_using / projects
-- column: projects_known_without [count]: Those of projects_first_using that said in an earlier week that they did not use the feature

WITH
by_project AS (
    SELECT
        week,
        project_key,
        SUM(groups_known) AS groups_known,
        SUM(groups_used) AS groups_used,
        SUM(contracts_known) AS contracts_known,
        SUM(contracts_used) AS contracts_used,
        SUM(unit_tests_known) AS unit_tests_known,
        SUM(unit_tests_used) AS unit_tests_used,
        SUM(semantic_models_known) AS semantic_models_known,
        SUM(semantic_models_used) AS semantic_models_used,
        SUM(python_models_known) AS python_models_known,
        SUM(python_models_used) AS python_models_used,
        -- Where the materialization is unknown, using it is what tells.
        SUM(GREATEST(microbatch_models_known, microbatch_models_used)) AS microbatch_models_known,
        SUM(microbatch_models_used) AS microbatch_models_used,
        SUM(catalogs_known) AS catalogs_known,
        SUM(catalogs_used) AS catalogs_used
    FROM feature_days
    WHERE project_key IS NOT NULL
    GROUP BY week, project_key
),
features AS (
    SELECT week, project_key, 'groups' AS feature, groups_known AS known, groups_used AS used FROM by_project
    UNION ALL SELECT week, project_key, 'contracts' AS feature, contracts_known AS known, contracts_used AS used
    FROM by_project
    UNION ALL SELECT week, project_key, 'unit_tests' AS feature, unit_tests_known AS known, unit_tests_used AS used
    FROM by_project
    UNION ALL SELECT week, project_key, 'semantic_models' AS feature,
        semantic_models_known AS known, semantic_models_used AS used FROM by_project
    UNION ALL SELECT week, project_key, 'python_models' AS feature,
        python_models_known AS known, python_models_used AS used FROM by_project
    UNION ALL SELECT week, project_key, 'microbatch_models' AS feature,
        microbatch_models_known AS known, microbatch_models_used AS used FROM by_project
    UNION ALL SELECT week, project_key, 'catalogs' AS feature, catalogs_known AS known, catalogs_used AS used
    FROM by_project
),
firsts AS (
    SELECT
        feature,
        project_key,
        MIN(CASE WHEN used > 0 THEN week END) AS first_use,
        MIN(CASE WHEN known > 0 THEN week END) AS first_known
    FROM features
    GROUP BY feature, project_key
),
-- Every project is one unit: it begins in the week or not. With no known project there is a row of 0.
cells AS (
    SELECT
        f.week AS week,
        f.feature AS feature,
        COUNT(*) FILTER (WHERE f.known > 0 AND (s.first_use IS NULL OR s.first_use >= f.week)) AS projects,
        COUNT(*) FILTER (WHERE s.first_use = f.week) AS projects_first_using,
        COUNT(*) FILTER (WHERE s.first_use = f.week AND s.first_known < f.week) AS projects_known_without
    FROM features AS f
    INNER JOIN firsts AS s ON f.feature = s.feature AND f.project_key = s.project_key
    GROUP BY f.week, f.feature
),
bounds AS (
    SELECT CAST(MIN(day) + INTERVAL '28 days' AS DATE) AS first_day, MAX(final_until) AS final_until
    FROM days
)
SELECT
    c.week AS week,
    WEEK_IS_FINAL(c.week, b.final_until) AS is_final,
    c.feature AS feature,
    c.projects AS projects,
    c.projects_first_using AS projects_first_using,
    RATE(c.projects_first_using, c.projects) AS share_first_using,
    RATE_LOW(
        c.projects_first_using, c.projects, c.projects_first_using, c.projects_first_using, c.projects, c.projects
    ) AS share_first_using_low,
    RATE_HIGH(
        c.projects_first_using, c.projects, c.projects_first_using, c.projects_first_using, c.projects, c.projects
    ) AS share_first_using_high,
    c.projects_known_without AS projects_known_without
FROM cells AS c
CROSS JOIN bounds AS b
WHERE c.week >= b.first_day
ORDER BY c.week, c.feature
