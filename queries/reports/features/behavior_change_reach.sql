-- title: Reach of legacy behaviours
-- question: How many projects still rely on a behaviour of dbt that a flag changes?
-- section: features
-- chart: dot of share_of_projects by flag
-- unit: share of the projects active on versions that can warn
-- grain: one flag of a behaviour; null: its name is not a known one, and all of them are one row
-- key: flag
-- rests_on: share_of_projects, share_of_projects_low, share_of_projects_high: warned_active_projects
-- caveat: projects are those that were warned in the window. Of active_projects, those of the share, are warned_active_projects.
-- caveat: active_projects have an invocation other than invalid on a minor version of dbt 1 on which anybody at all was warned of this. A version that could warn and never did in the window is not among them.
-- caveat: active_projects are of other versions from row to row, so that the shares of two rows are of different projects.
-- caveat: dbt warns where the legacy behaviour is in use and its flag is not set. A project without a warning may have set the flag, either way, or never come across the behaviour.
-- caveat: dbt sends these warnings from 1.9 on. When a flag changes its default, its warnings end with that version: fewer projects are then active on versions that can warn.
-- caveat: A longer window finds more projects that were warned. Compare only windows of one length.
-- caveat: dbt 2 sends no such warnings. Its projects are in no row, unless they also ran dbt 1.
-- caveat: A run counts once however often it warns. runs_unknown_version are those of runs whose engine or version is unknown: they make no version one that can warn. Invalid runs with a warning are in runs and projects.
-- caveat: The interval (95 %) is Wilson's, every project counting once. Runs without a known project are in runs, and in no count of projects.
-- column: flag: Flag of the behaviour that dbt warned of; null: not a known one

SELECT
    name AS flag,
    projects,
    versions,
    active_projects,
    warned_active_projects,
    share_of_projects,
    share_of_projects_low,
    share_of_projects_high,
    interval_method,
    runs,
    runs_unknown_version
FROM warning_reach
WHERE kind = 'behavior_change'
ORDER BY name IS NULL, projects DESC, name
