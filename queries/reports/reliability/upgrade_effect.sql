-- title: Effect of upgrades
-- question: Does the same project succeed more or less often after it moved to a later version of dbt?
-- section: reliability
-- chart: dot of mean_difference by to_minor for each from_minor
-- unit: difference of success rates
-- grain: one minor version that projects moved from and the later one that they moved to
-- key: from_minor, to_minor
-- regardless: invocations.adapter, invocations.command, invocations.environment, invocations.os
-- caveat: A move is one from an active day to the project's next active day, whose newest version of dbt is later. Of several moves of a project between the same two versions the first counts.
-- caveat: Before: the active days on the old version within 28 days before the move; after: those on the new one within 28 days from it. A project that had no success and no failure in either is only in upgraded_projects.
-- caveat: mean_difference is the mean of the projects' own differences, after minus before, each project counting once; its interval (95 %) is Student's. With few projects it means little. Below 0: worse after.
-- caveat: It is not what the version alone did: who upgrades also changes the project, fails more just before or after, and may come back. Other things that happen in the same weeks are in it.
-- caveat: basis_differs marks a pair whose basis shares, over all runs of both versions, differ by more than 10 points: then the difference is at least in part one of what can be seen. From 1.5 to 1.11.2 failures without a failed node are not.
-- caveat: A day is known by its newest version only. Runs of other versions on that day count with it: a project in the middle of its move, or with one version for tests and one for production, blurs the difference.
-- caveat: Days that are not final are left out. A move near either end of the window of days has fewer than 28 days on that side.
-- column: upgraded_projects [count]: Distinct projects that moved from the one version to the other
-- column: projects [count]: Those of upgraded_projects with a success or a failure both before and after
-- column: known_runs_before [count]: Their successes and failures on the old version within 28 days before the move
-- column: known_runs_after [count]: Their successes and failures on the new version within 28 days from the move
-- column: mean_rate_before [share]: Mean of the projects' own success rates before the move
-- column: mean_rate_after [share]: Mean of the projects' own success rates after the move
-- column: mean_difference [share]: Mean of the projects' own differences, after less before; below 0: worse after
-- column: share_worse [share]: Share of projects whose rate is lower after the move
-- column: share_better [share]: Share of projects whose rate is higher after the move

WITH
active AS (
    SELECT
        p.project_key AS project_key, p.day AS day, p.dbt_minor AS dbt_minor, p.successes AS successes,
        p.failures AS failures,
        -- Versions compare by number: 1.10 is later than 1.9.
        CAST(p.version_major AS BIGINT) * 10000 + p.version_minor AS version_rank
    FROM project_days AS p
    INNER JOIN days AS d ON p.day = d.day
    WHERE d.is_final AND p.runs > p.invalids AND p.dbt_minor IS NOT NULL
),
steps AS (
    SELECT
        project_key, day, dbt_minor, version_rank,
        LAG(dbt_minor) OVER (PARTITION BY project_key ORDER BY day) AS from_minor,
        LAG(version_rank) OVER (PARTITION BY project_key ORDER BY day) AS from_rank
    FROM active
),
moves AS (
    SELECT
        project_key, from_minor, dbt_minor AS to_minor, from_rank, version_rank AS to_rank,
        MIN(day) AS moved_on,
        CAST(MIN(day) - INTERVAL '28 days' AS DATE) AS first_day,
        CAST(MIN(day) + INTERVAL '27 days' AS DATE) AS last_day
    FROM steps
    WHERE version_rank > from_rank
    GROUP BY project_key, from_minor, dbt_minor, from_rank, version_rank
),
sides AS (
    SELECT
        m.project_key AS project_key, m.from_rank AS from_rank, m.to_rank AS to_rank,
        m.from_minor AS from_minor, m.to_minor AS to_minor,
        CASE WHEN a.day < m.moved_on AND a.version_rank = m.from_rank THEN a.successes END AS successes_before,
        CASE WHEN a.day < m.moved_on AND a.version_rank = m.from_rank THEN a.failures END AS failures_before,
        CASE WHEN a.day >= m.moved_on AND a.version_rank = m.to_rank THEN a.successes END AS successes_after,
        CASE WHEN a.day >= m.moved_on AND a.version_rank = m.to_rank THEN a.failures END AS failures_after
    FROM moves AS m
    INNER JOIN active AS a ON m.project_key = a.project_key
    WHERE a.day BETWEEN m.first_day AND m.last_day
),
sums AS (
    SELECT
        project_key, from_minor, to_minor, from_rank, to_rank,
        CAST(SUM(successes_before) AS DOUBLE) AS s0,
        CAST(SUM(successes_before) + SUM(failures_before) AS DOUBLE) AS n0,
        CAST(SUM(successes_after) AS DOUBLE) AS s1,
        CAST(SUM(successes_after) + SUM(failures_after) AS DOUBLE) AS n1
    FROM sides
    GROUP BY project_key, from_minor, to_minor, from_rank, to_rank
),
pairs AS (
    SELECT
        from_minor, to_minor, from_rank, to_rank, n0, n1,
        CASE WHEN n0 > 0 AND n1 > 0 THEN s0 / n0 END AS before,
        CASE WHEN n0 > 0 AND n1 > 0 THEN s1 / n1 END AS after,
        CASE WHEN n0 > 0 AND n1 > 0 THEN s1 / n1 - s0 / n0 END AS difference
    FROM sums
),
cells AS (
    SELECT
        from_minor, to_minor, from_rank, to_rank,
        COUNT(*) AS upgraded_projects,
        COUNT(difference) AS projects,
        CAST(SUM(CASE WHEN difference IS NOT NULL THEN n0 END) AS BIGINT) AS known_runs_before,
        CAST(SUM(CASE WHEN difference IS NOT NULL THEN n1 END) AS BIGINT) AS known_runs_after,
        COUNT(*) FILTER (WHERE difference < 0) AS worse,
        COUNT(*) FILTER (WHERE difference > 0) AS better,
        -- In whole units of 10^-12: the sum of floats would depend on the order of rows.
        EXACT_SUM(before) AS before,
        EXACT_SUM(after) AS after,
        EXACT_SUM(difference) AS total,
        EXACT_SUM(difference * difference) AS squares
    FROM pairs
    GROUP BY from_minor, to_minor, from_rank, to_rank
),
bases AS (
    SELECT
        dbt_minor,
        CAST(SUM(by_report) AS DOUBLE) / NULLIF(SUM(known_runs), 0) AS reported,
        CAST(SUM(by_nodes) AS DOUBLE) / NULLIF(SUM(known_runs), 0) AS nodes,
        CAST(SUM(by_events) AS DOUBLE) / NULLIF(SUM(known_runs), 0) AS events
    FROM project_runs
    WHERE dbt_minor IS NOT NULL
    GROUP BY dbt_minor
)
SELECT
    c.from_minor AS from_minor,
    c.to_minor AS to_minor,
    c.upgraded_projects AS upgraded_projects,
    c.projects AS projects,
    COALESCE(c.known_runs_before, 0) AS known_runs_before,
    COALESCE(c.known_runs_after, 0) AS known_runs_after,
    MEAN(c.before, c.projects) AS mean_rate_before,
    MEAN(c.after, c.projects) AS mean_rate_after,
    MEAN(c.total, c.projects) AS mean_difference,
    MEAN_LOW(c.total, c.squares, c.projects) AS mean_difference_low,
    MEAN_HIGH(c.total, c.squares, c.projects) AS mean_difference_high,
    CAST(c.worse AS DOUBLE) / NULLIF(c.projects, 0) AS share_worse,
    CAST(c.better AS DOUBLE) / NULLIF(c.projects, 0) AS share_better,
    -- 10 points, and a billionth for the rounding of a difference of two shares.
    GREATEST(ABS(t.reported - f.reported), ABS(t.nodes - f.nodes), ABS(t.events - f.events))
        > CAST(100000001 AS DOUBLE) / 1000000000 AS basis_differs
FROM cells AS c
LEFT JOIN bases AS f ON c.from_minor = f.dbt_minor
LEFT JOIN bases AS t ON c.to_minor = t.dbt_minor
ORDER BY c.from_rank, c.to_rank
