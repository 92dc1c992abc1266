-- title: Reach of features by week
-- question: How does the use of each feature of dbt develop, week by week?
-- section: features
-- chart: line of share_of_projects by week for each feature
-- unit: share of the week's projects that could tell
-- grain: one week (its Monday) and feature
-- key: week, feature
-- rests_on: share_of_projects, share_of_projects_low, share_of_projects_high, runs_using: projects_using
-- caveat: A week is final when its Sunday is. One that is not can still change: events may arrive late. Compare only what is final.
-- caveat: The first and the last week may be cut by the window of days: a shorter week finds fewer projects that use a feature. Compare neither.
-- caveat: A project could tell if one of its runs of the week says whether the feature is used. It uses it if one of them does. share_known says how many of the week's active projects could tell.
-- caveat: A share also moves when other projects can tell: as projects move to a version that reports a feature, or to dbt 2, which does not report all of them. Read it beside projects and share_known.
-- caveat: resources: what the project contains. models: what was run in the week; a model that runs once a month is in no other week. run: how dbt itself ran.
-- caveat: Which versions report which feature is in the caveats of feature_reach.
-- caveat: The interval (95 %) is Wilson's, every project counting once. The projects of two weeks are mostly the same, so that two intervals that overlap may still tell of a change.
-- caveat: Runs without a known project are in known_runs and runs_using, and in no count of projects. Invalid ones are in no column.
-- column: week: Monday of the week (UTC)
-- column: share_of_projects [share]: projects_using / projects

WITH
maturity AS (
    SELECT MAX(final_until) AS final_until
    FROM days
)
SELECT
    c.week AS week,
    WEEK_IS_FINAL(c.week, m.final_until) AS is_final,
    c.feature_group AS feature_group,
    c.feature AS feature,
    c.projects AS projects,
    CAST(c.projects AS DOUBLE) / NULLIF(c.active_projects, 0) AS share_known,
    c.projects_using AS projects_using,
    -- Every project is one unit: it uses the feature that week or not.
    RATE(c.projects_using, c.projects) AS share_of_projects,
    RATE_LOW(c.projects_using, c.projects, c.projects_using, c.projects_using, c.projects, c.projects)
        AS share_of_projects_low,
    RATE_HIGH(c.projects_using, c.projects, c.projects_using, c.projects_using, c.projects, c.projects)
        AS share_of_projects_high,
    c.known_runs AS known_runs,
    c.runs_using AS runs_using
FROM feature_weeks AS c
CROSS JOIN maturity AS m
WHERE c.week IS NOT NULL
ORDER BY c.week, c.feature_group <> 'resources', c.feature_group <> 'models', c.feature
