-- title: Adapter versions
-- question: Which versions of its adapter does dbt run with?
-- section: platform
-- chart: heatmap of share_of_projects by adapter_minor, adapter
-- unit: share of the adapter's projects whose adapter version is known
-- grain: one adapter and the first two numbers of its version; null: unknown
-- key: adapter, adapter_minor
-- caveat: Adapters report their version with each node since dbt 1.9. It is unknown for every earlier dbt, and hardly ever known for dbt 2, so that versions for old dbt are missing.
-- caveat: A project is here if it ran nodes; tests are left out, since dbt 1 does not report them. Nodes that were skipped or reused count.
-- caveat: A version with one number only is unknown here. Pre-releases count as their minor version. Adapters are numbered apart from dbt since dbt 1.8.
-- caveat: share_of_projects is of the adapter's known_projects; a project that ran two versions counts in both, so that shares of an adapter may add up to more than 1.
-- caveat: known_share is the share of the adapter's node runs whose version is known. Node runs without a known project are in node_runs, and in no count of projects.
-- column: adapter_minor: First two numbers of the adapter's version
-- column: projects [count]: Distinct projects that ran nodes, tests left out
-- column: share_of_projects [share]: projects / known_projects; null in the unknown row
-- column: node_runs [count]: Node runs, tests left out
-- column: share_of_node_runs [share]: Share of the adapter's node runs whose version is known; null in the unknown row
-- column: known_projects [count]: Distinct projects of the adapter whose adapter version is known
-- column: known_share [share]: Share of the adapter's node runs whose version is known; the same in all of its rows

WITH
nodes_of AS (
    SELECT
        adapter,
        adapter_version,
        SPLIT_PART(adapter_version, '.', 1) AS first_part,
        SPLIT_PART(adapter_version, '.', 2) AS second_part,
        project_key,
        SUM(nodes) AS nodes
    FROM node_days
    WHERE resource_type IS NULL OR resource_type NOT IN ('test', 'unit_test')
    GROUP BY adapter, adapter_version, project_key
),
-- The number that a part begins with, four digits at most: a pre-release may follow it at once, as in 1.9b1.
numbered AS (
    SELECT
        COALESCE(adapter, '') AS adapter_or_empty,
        adapter,
        COALESCE(
            TRY_CAST(SUBSTR(first_part, 1, 4) AS BIGINT), TRY_CAST(SUBSTR(first_part, 1, 3) AS BIGINT),
            TRY_CAST(SUBSTR(first_part, 1, 2) AS BIGINT), TRY_CAST(SUBSTR(first_part, 1, 1) AS BIGINT)
        ) AS major,
        COALESCE(
            TRY_CAST(SUBSTR(second_part, 1, 4) AS BIGINT), TRY_CAST(SUBSTR(second_part, 1, 3) AS BIGINT),
            TRY_CAST(SUBSTR(second_part, 1, 2) AS BIGINT), TRY_CAST(SUBSTR(second_part, 1, 1) AS BIGINT)
        ) AS minor,
        project_key,
        nodes
    FROM nodes_of
),
ranked AS (
    SELECT adapter_or_empty, adapter, major * 10000 + minor AS version_rank, project_key, nodes
    FROM numbered
),
cells AS (
    SELECT
        adapter_or_empty,
        adapter,
        version_rank,
        COUNT(DISTINCT project_key) AS projects,
        CAST(SUM(nodes) AS BIGINT) AS node_runs
    FROM ranked
    GROUP BY adapter_or_empty, adapter, version_rank
),
adapters AS (
    SELECT
        adapter_or_empty,
        COUNT(DISTINCT project_key) AS projects,
        COUNT(DISTINCT CASE WHEN version_rank IS NOT NULL THEN project_key END) AS known_projects,
        CAST(SUM(nodes) AS BIGINT) AS node_runs,
        CAST(SUM(CASE WHEN version_rank IS NOT NULL THEN nodes ELSE 0 END) AS BIGINT) AS known_node_runs
    FROM ranked
    GROUP BY adapter_or_empty
)
SELECT
    c.adapter AS adapter,
    -- Whole numbers: 10009 is 1.9.
    CAST((c.version_rank - c.version_rank % 10000) / 10000 AS BIGINT) || '.' || (c.version_rank % 10000)
        AS adapter_minor,
    c.projects AS projects,
    CASE
        WHEN c.version_rank IS NOT NULL THEN CAST(c.projects AS DOUBLE) / NULLIF(a.known_projects, 0)
    END AS share_of_projects,
    c.node_runs AS node_runs,
    CASE
        WHEN c.version_rank IS NOT NULL THEN CAST(c.node_runs AS DOUBLE) / NULLIF(a.known_node_runs, 0)
    END AS share_of_node_runs,
    a.known_projects AS known_projects,
    CAST(a.known_node_runs AS DOUBLE) / NULLIF(a.node_runs, 0) AS known_share
FROM cells AS c
INNER JOIN adapters AS a ON c.adapter_or_empty = a.adapter_or_empty
ORDER BY a.projects DESC, c.adapter NULLS LAST, c.version_rank NULLS LAST
