-- title: Load by hour
-- question: At which hours of which weekdays does dbt run, by hand and automated?
-- section: activity
-- chart: heatmap of runs by hour, weekday for each environment_class
-- unit: runs
-- grain: one class of environment, weekday (ISO, 1: Monday) and hour of day (UTC, 0 to 23) with a run; class null: unknown
-- key: environment_class, weekday, hour
-- regardless: invocations.outcome
-- unpublished: its weekdays and classes are sums of days and environments in other tables
-- caveat: manual is environment manual, which is also what dbt reports where nobody says otherwise: whatever runs unnamed, cron jobs of one's own among it. automated is ci, cloud and orchestrator. other is none of these.
-- caveat: Of final days of which events came. Invalid runs are in no column. Runs without a known project are in runs, and in no count of projects.
-- caveat: Weekday and hour are those at which a run started, by our clock; where its start was lost, those of its first event. All are UTC: the working day of each country is at another time.
-- caveat: days are those of that weekday in the window, and runs_per_day is runs / days. Where hours of a day are missing (activity_by_day tells) its runs are too few.
-- caveat: share_of_runs is of the class's runs. An hour without a run is no row. share_known is the share of all runs whose environment is known.
-- column: environment_class: manual, automated (ci, cloud or orchestrator) or other
-- column: weekday: Weekday on which the runs started (UTC): 1 is Monday, 7 Sunday
-- column: hour: Hour of the day in which the runs started (UTC): 0 to 23
-- column: runs [count]: Invocations of final days, invalid ones left out
-- column: share_of_runs [share]: Share of the runs of the class of environment
-- column: days [days]: Final days of that weekday of which events came
-- column: runs_per_day [count]: runs / days
-- column: share_known [share]: Share of all runs whose environment is known; the same in every row

WITH
finals AS (
    SELECT day, EXTRACT(ISODOW FROM day) AS weekday
    FROM days
    WHERE is_final AND events IS NOT NULL
),
weekdays AS (
    SELECT weekday, COUNT(*) AS days
    FROM finals
    GROUP BY weekday
),
started AS (
    SELECT
        CASE
            WHEN i.environment = 'manual' THEN 'manual'
            WHEN i.environment IN ('ci', 'cloud', 'orchestrator') THEN 'automated'
            WHEN i.environment IS NOT NULL THEN 'other'
        END AS environment_class,
        COALESCE(i.started_at, i.first_event_at) AS started_at,
        i.project_key AS project_key
    FROM invocations AS i
    INNER JOIN finals AS f ON i.day = f.day
    WHERE i.outcome <> 'invalid'
),
timed AS (
    SELECT
        environment_class,
        EXTRACT(ISODOW FROM started_at) AS weekday,
        EXTRACT(HOUR FROM started_at) AS hour,
        project_key
    FROM started
),
cells AS (
    SELECT environment_class, weekday, hour, COUNT(*) AS runs, COUNT(DISTINCT project_key) AS projects
    FROM timed
    GROUP BY environment_class, weekday, hour
),
classes AS (
    -- Joins do not match nulls: the unknown class is the empty text here.
    SELECT COALESCE(environment_class, '') AS class_or_empty, CAST(SUM(runs) AS BIGINT) AS runs
    FROM cells
    GROUP BY COALESCE(environment_class, '')
),
total AS (
    SELECT
        CAST(SUM(runs) AS BIGINT) AS runs,
        CAST(COALESCE(SUM(CASE WHEN environment_class IS NOT NULL THEN runs END), 0) AS BIGINT) AS known_runs
    FROM cells
)
SELECT
    c.environment_class AS environment_class,
    CAST(c.weekday AS BIGINT) AS weekday,
    CAST(c.hour AS BIGINT) AS hour,
    c.runs AS runs,
    CAST(c.runs AS DOUBLE) / a.runs AS share_of_runs,
    c.projects AS projects,
    COALESCE(w.days, 0) AS days,
    CAST(c.runs AS DOUBLE) / w.days AS runs_per_day,
    CAST(t.known_runs AS DOUBLE) / t.runs AS share_known
FROM cells AS c
INNER JOIN classes AS a ON COALESCE(c.environment_class, '') = a.class_or_empty
CROSS JOIN total AS t
LEFT JOIN weekdays AS w ON c.weekday = w.weekday
ORDER BY c.environment_class IS NULL, c.environment_class, c.weekday, c.hour
