-- title: Reach of features by size of the project
-- question: Do large projects use features of dbt that small ones do not?
-- section: features
-- chart: heatmap of share_of_projects by size_class, feature
-- unit: share of the size's projects that could tell
-- grain: one size class of projects, by their models, and feature; null: size unknown
-- key: size_class, feature
-- rests_on: share_of_projects, share_of_projects_low, share_of_projects_high: projects_using
-- caveat: The size is the models of the project on its newest day in the window of which they are known, the most that day. Models of packages are in it, disabled ones are not. A run that loads no project does not tell it.
-- caveat: all_projects are the size's active projects, with an invocation other than invalid. projects are those that could tell: one of their runs says whether the feature is used. A project uses it if one of them does.
-- caveat: groups, semantic_models and unit_tests are what the project contains. contracts, python_models and versioned_models are of what was run: a large project runs more models in the window, so that more of it is seen.
-- caveat: dbt 2 tells no semantic models. Before 1.8 dbt counted no unit tests, before 1.6 no semantic models, before 1.5 no groups, contracts and versions, before 1.3 no language of a model.
-- caveat: A difference between sizes is no effect of size alone: large projects differ in version, adapter and who runs them.
-- caveat: The interval (95 %) is Wilson's, every project counting once. Runs without a known project are in no column.
-- column: size_class: Models of the project on its newest day of which they are known: 0, 1-9, 10-99, 100-999 or 1000+
-- column: all_projects [count]: Distinct active projects of the size
-- column: projects [count]: Those of all_projects of which a run says whether it uses the feature
-- column: share_known [share]: projects / all_projects
-- column: share_of_projects [share]: projects_using / projects

WITH
newest AS (
    SELECT project_key, MAX(day) AS day
    FROM project_days
    WHERE models IS NOT NULL
    GROUP BY project_key
),
sizes AS (
    SELECT
        p.project_key AS project_key,
        p.models AS models,
        CASE
            WHEN p.models >= 1000 THEN '1000+'
            WHEN p.models >= 100 THEN '100-999'
            WHEN p.models >= 10 THEN '10-99'
            WHEN p.models >= 1 THEN '1-9'
            ELSE '0'
        END AS size_class
    FROM project_days AS p
    INNER JOIN newest AS n ON p.project_key = n.project_key AND p.day = n.day
),
by_project AS (
    SELECT
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
        SUM(versioned_models_known) AS versioned_models_known,
        SUM(versioned_models_used) AS versioned_models_used
    FROM feature_days
    WHERE project_key IS NOT NULL
    GROUP BY project_key
),
features AS (
    SELECT project_key, 'groups' AS feature, groups_known AS known, groups_used AS used FROM by_project
    UNION ALL
    SELECT project_key, 'contracts' AS feature, contracts_known AS known, contracts_used AS used FROM by_project
    UNION ALL
    SELECT project_key, 'unit_tests' AS feature, unit_tests_known AS known, unit_tests_used AS used FROM by_project
    UNION ALL
    SELECT
        project_key, 'semantic_models' AS feature, semantic_models_known AS known, semantic_models_used AS used
    FROM by_project
    UNION ALL
    SELECT
        project_key, 'python_models' AS feature, python_models_known AS known, python_models_used AS used
    FROM by_project
    UNION ALL
    SELECT
        project_key, 'versioned_models' AS feature, versioned_models_known AS known, versioned_models_used AS used
    FROM by_project
),
-- Every project is one unit: it uses the feature or not.
cells AS (
    SELECT
        s.size_class AS size_class,
        f.feature AS feature,
        MIN(s.models) AS smallest,
        COUNT(*) AS all_projects,
        COUNT(*) FILTER (WHERE f.known > 0) AS projects,
        COUNT(*) FILTER (WHERE f.known > 0 AND f.used > 0) AS projects_using
    FROM features AS f
    LEFT JOIN sizes AS s ON f.project_key = s.project_key
    GROUP BY s.size_class, f.feature
)
SELECT
    size_class AS size_class,
    feature AS feature,
    all_projects AS all_projects,
    projects AS projects,
    CAST(projects AS DOUBLE) / all_projects AS share_known,
    projects_using AS projects_using,
    RATE(projects_using, projects) AS share_of_projects,
    RATE_LOW(projects_using, projects, projects_using, projects_using, projects, projects)
        AS share_of_projects_low,
    RATE_HIGH(projects_using, projects, projects_using, projects_using, projects, projects)
        AS share_of_projects_high,
    INTERVAL_METHOD(projects) AS interval_method
FROM cells
ORDER BY smallest NULLS LAST, feature
