-- title: Whole weeks
-- question: Which weeks can be compared: of which is every day final, and had events in all of its hours?
-- grain: one such week with a run on each of its days
-- key: week
-- column: week: Its Monday
-- column: weeks_ago: 0 for the newest, 1 for the one before, whether or not others lie between

WITH
weeks AS (
    SELECT i.week AS week, COUNT(DISTINCT i.day) AS days_seen
    FROM invocations AS i
    INNER JOIN days AS d ON i.day = d.day
    WHERE d.is_final AND COALESCE(d.missing_hours, 0) = COALESCE(d.known_missing_hours, 0)
    GROUP BY i.week
)
SELECT week, ROW_NUMBER() OVER (ORDER BY week DESC) - 1 AS weeks_ago
FROM weeks
WHERE days_seen = 7
ORDER BY week
