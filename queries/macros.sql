-- Statistics that queries share. DuckDB reads this file as it is; usage-report puts the text of a macro where a query
-- calls it. So both compute the same, and no query repeats a formula.
--
-- The runs of one project are not independent, so the unit of every interval is the project (definitions, Statistics): a
-- cluster is a project, and a run without a known project is a cluster of its own. A rate R = s / n is told by six sums
-- over its clusters, of which cluster i has s_i successes in n_i runs of known outcome:
--
--     k = clusters with n_i > 0        s = SUM(s_i)              n = SUM(n_i)
--     ss = SUM(s_i * s_i)              sn = SUM(s_i * n_i)       nn = SUM(n_i * n_i)
--
-- They are sums of whole numbers, so exact whatever the order of rows.

-- The rate itself; null where nothing is known.
CREATE MACRO rate(s, n) AS CAST(s AS DOUBLE) / NULLIF(n, 0);

-- The 97.5 % quantile of Student's t with df degrees of freedom, to a thousandth from df = 5 on (Abramowitz and Stegun,
-- 26.7.5).
CREATE MACRO t_quantile(df) AS
    1.959963984540054e0
    + (2.372271230298562e0 + (2.8224986157396112e0 + 2.555849679507722e0 / df) / df) / df;

-- n^2 times the sum over clusters of (s_i - R n_i)^2, multiplied out. Rounding can take it below 0.
CREATE MACRO rate_residuals(s, n, ss, sn, nn) AS
    CAST(ss AS DOUBLE) * n * n - 2 * CAST(sn AS DOUBLE) * s * n + CAST(nn AS DOUBLE) * s * s;

-- How many clusters there would be if all were of one size (Kish).
CREATE MACRO effective_clusters(n, nn) AS CAST(n AS DOUBLE) * n / NULLIF(nn, 0);

-- The part of the differences between clusters that is left in the residuals: a large cluster pulls R to its own rate. With
-- e effective clusters it is 1 - (2 g - 1) / e, g = n SUM(n_i^3) / nn^2. That is 1 - 1 / k where all are of one size. The
-- sum of cubes is not among the six: g is about SQRT(k / e) for sizes from geometric to Pareto's, and never above SQRT(e).
-- No less than a hundredth: what one cluster decides has one degree of freedom, which says enough.
CREATE MACRO residual_part(n, nn, k) AS
    GREATEST(
        1 - (2 * SQRT(LEAST(k / effective_clusters(n, nn), effective_clusters(n, nn))) - 1) / effective_clusters(n, nn),
        0.01e0
    );

-- The variance of R: the linearized one of a ratio estimator, for the differences that the residuals are a part of. One
-- cluster has none.
CREATE MACRO rate_variance(s, n, ss, sn, nn, k) AS
    CASE
        WHEN k >= 2 THEN
            GREATEST(rate_residuals(s, n, ss, sn, nn), CAST(0 AS DOUBLE))
            / (POWER(CAST(n AS DOUBLE), 4) * residual_part(n, nn, k))
    END;

-- The square of the quantile that an interval of R is made with, for as many degrees of freedom as the clusters are worth.
CREATE MACRO rate_quantile_squared(n, nn) AS
    POWER(t_quantile(GREATEST(effective_clusters(n, nn) - 1, CAST(1 AS DOUBLE))), 2);

-- That square by the number of independent runs which tell as much about R: R (1 - R) by its variance, but not more than
-- there are runs. Where no cluster differs from another, a cluster is one. With fewer than 10 clusters their differences
-- are not known well enough: each is one, too.
CREATE MACRO rate_spread(s, n, ss, sn, nn, k) AS
    CASE
        WHEN k < 10 THEN 3.8414588206941245e0 / k
        WHEN rate_residuals(s, n, ss, sn, nn) > 1.0e-12 * ss * n * n
            THEN rate_quantile_squared(n, nn) * GREATEST(
                rate_residuals(s, n, ss, sn, nn)
                / (CAST(s AS DOUBLE) * (n - s) * n * n * residual_part(n, nn, k)),
                1 / CAST(n AS DOUBLE)
            )
        ELSE rate_quantile_squared(n, nn) / effective_clusters(n, nn)
    END;

-- Ends of Wilson's interval of a rate r, with a quantile whose square by the number of runs is w.
CREATE MACRO wilson_low(r, w) AS
    GREATEST((r + w / 2 - SQRT(w * (r * (1 - r) + w / 4))) / (1 + w), CAST(0 AS DOUBLE));
CREATE MACRO wilson_high(r, w) AS
    LEAST((r + w / 2 + SQRT(w * (r * (1 - r) + w / 4))) / (1 + w), CAST(1 AS DOUBLE));

-- Ends of the interval (95 %) of R: Wilson's, for as many independent runs as the clusters are worth.
CREATE MACRO rate_low(s, n, ss, sn, nn, k) AS
    CASE WHEN n > 0 THEN wilson_low(rate(s, n), rate_spread(s, n, ss, sn, nn, k)) END;
CREATE MACRO rate_high(s, n, ss, sn, nn, k) AS
    CASE WHEN n > 0 THEN wilson_high(rate(s, n), rate_spread(s, n, ss, sn, nn, k)) END;

-- Ends of what the share R of values up to a quantile is taken for where the quantile is estimated (95 %). There R is what
-- the quantile says, and not known by chance: it is what other samples would have below the true one, so its error is that
-- at R, to both sides alike. Wilson's interval, which asks of which rates R could come, would be too low for high
-- quantiles. Where there is nothing above, R says nothing of its error.
CREATE MACRO share_low(s, n, ss, sn, nn, k) AS
    CASE
        WHEN s < n THEN GREATEST(
            rate(s, n) - SQRT(rate_spread(s, n, ss, sn, nn, k) * rate(s, n) * (1 - rate(s, n))), CAST(0 AS DOUBLE)
        )
        WHEN n > 0 THEN wilson_low(rate(s, n), rate_spread(s, n, ss, sn, nn, k))
    END;
CREATE MACRO share_high(s, n, ss, sn, nn, k) AS
    CASE
        WHEN n > 0 THEN LEAST(
            rate(s, n) + SQRT(rate_spread(s, n, ss, sn, nn, k) * rate(s, n) * (1 - rate(s, n))), CAST(1 AS DOUBLE)
        )
    END;

-- How the interval was made: from the differences between projects, or, with fewer than 10, from their number alone.
CREATE MACRO interval_method(k) AS CASE WHEN k >= 10 THEN 'clustered' WHEN k >= 1 THEN 'wilson' END;

-- The mean of k values, one a project, told by their sum and the sum of their squares; ends of its interval (95 %), which
-- two values at least have.
CREATE MACRO mean(total, k) AS CAST(total AS DOUBLE) / NULLIF(k, 0);
CREATE MACRO mean_error(total, squares, k) AS
    SQRT(
        GREATEST(CAST(squares AS DOUBLE) - CAST(total AS DOUBLE) * total / NULLIF(k, 0), CAST(0 AS DOUBLE))
        / NULLIF(k - 1, 0) / k
    );
CREATE MACRO mean_low(total, squares, k) AS
    mean(total, k) - t_quantile(CAST(NULLIF(k - 1, 0) AS DOUBLE)) * mean_error(total, squares, k);
CREATE MACRO mean_high(total, squares, k) AS
    mean(total, k) + t_quantile(CAST(NULLIF(k - 1, 0) AS DOUBLE)) * mean_error(total, squares, k);

-- How likely it is that chance alone takes a standard normal value as far from 0 as z, in either direction; to a millionth
-- of itself (the complementary error function of Numerical Recipes).
CREATE MACRO erfc_part(t) AS
    -1.26551223e0 + t * (1.00002368e0 + t * (0.37409196e0 + t * (0.09678418e0 + t * (-0.18628806e0
    + t * (0.27886807e0 + t * (-1.13520398e0 + t * (1.48851587e0 + t * (-0.82215223e0
    + t * 0.17087277e0))))))));
CREATE MACRO two_sided_p(z) AS
    LEAST(
        EXP(erfc_part(1 / (1 + ABS(z) / 2.8284271247461903e0)) - z * z / 2)
        / (1 + ABS(z) / 2.8284271247461903e0),
        CAST(1 AS DOUBLE)
    );

-- The standard normal value that is as unlikely as a value t of Student's with df degrees of freedom (Wallace), to 1 in
-- 50 of itself from df = 2 on and to 1 in 300 from df = 9 on. What is divided by an error that few clusters tell is far
-- from 0 more often than a normal value.
CREATE MACRO normal_of_t(t, df) AS (8 * df + 1) / (8 * df + 3) * SQRT(df * LN(1 + CAST(t AS DOUBLE) * t / df));

-- A bucket of the daily distributions: bucket b holds what is above 1.04^(b-1) and at most 1.04^b, and all of it is taken
-- for the value in between that is at most 2 % (1 in 51) of itself wrong. Nothing at all, and what is below a microsecond,
-- is in bucket -352.
CREATE MACRO bucket_of(x) AS
    CAST(CEIL(LN(GREATEST(CAST(x AS DOUBLE), 0.000001e0)) / LN(1.04e0)) AS INTEGER);
CREATE MACRO bucket_value(b) AS
    CASE
        WHEN b > -352 THEN 2 * POWER(1.04e0, CAST(b AS DOUBLE)) / 2.04e0
        WHEN b IS NOT NULL THEN CAST(0 AS DOUBLE)
    END;

-- The places, from 1 to n, of the values at the ends of the interval of a quantile, where the interval of the share of
-- values up to it is known (Woodruff); the next one outwards where an end lies between two.
CREATE MACRO place_low(share, n) AS CAST(FLOOR(1 + (n - 1) * share) AS BIGINT);
CREATE MACRO place_high(share, n) AS CAST(CEIL(1 + (n - 1) * share) AS BIGINT);

-- The error of the difference R1 - R2 of two rates over the same k clusters, of which some are in one of them only: the
-- linearized one, which knows that a project's two weeks are alike. s1s2 = SUM(s1_i * s2_i), and so on. Of both together a
-- cluster is of the size n1_i + n2_i.
CREATE MACRO rate_difference_error(s1, n1, ss1, sn1, nn1, s2, n2, ss2, sn2, nn2, s1s2, s1n2, n1s2, n1n2, k) AS
    CASE
        WHEN k >= 2 THEN SQRT(
            GREATEST(
                rate_residuals(s1, n1, ss1, sn1, nn1) / POWER(CAST(n1 AS DOUBLE), 4)
                + rate_residuals(s2, n2, ss2, sn2, nn2) / POWER(CAST(n2 AS DOUBLE), 4)
                - 2
                * (
                    CAST(s1s2 AS DOUBLE) - rate(s2, n2) * s1n2 - rate(s1, n1) * n1s2
                    + rate(s1, n1) * rate(s2, n2) * n1n2
                )
                / (CAST(n1 AS DOUBLE) * n2),
                CAST(0 AS DOUBLE)
            )
            / residual_part(n1 + n2, nn1 + 2 * n1n2 + nn2, k)
        )
    END;

-- The sum of rates and other small numbers, in whole units of 10^-12: that of floats would depend on the order of rows.
CREATE MACRO exact_sum(x) AS CAST(SUM(CAST(ROUND(x * 1000000000000) AS BIGINT)) AS DOUBLE) / 1000000000000;

-- The greatest power of two that is not above a whole number n >= 1: where its bucket of a histogram begins (definitions,
-- Nodes). 2n + 1 lies between two powers of two and is none, so that no rounding of the logarithm can put n = 2^k one
-- bucket too low.
CREATE MACRO power_of_two(n) AS CAST(POWER(2, FLOOR(LOG2(CAST(2 * n + 1 AS DOUBLE))) - 1) AS BIGINT);

-- The Monday of a day's week. Neither engine's own function for it is the other's.
CREATE MACRO monday_of(d) AS
    CAST(
        CASE EXTRACT(ISODOW FROM d)
            WHEN 2 THEN d - INTERVAL '1 day'
            WHEN 3 THEN d - INTERVAL '2 days'
            WHEN 4 THEN d - INTERVAL '3 days'
            WHEN 5 THEN d - INTERVAL '4 days'
            WHEN 6 THEN d - INTERVAL '5 days'
            WHEN 7 THEN d - INTERVAL '6 days'
            ELSE d
        END AS DATE
    );

-- Whether a week is final: its last day is (definitions, Maturity).
CREATE MACRO week_is_final(week, final_until) AS
    COALESCE(CAST(week + INTERVAL '6 days' AS DATE) <= final_until, FALSE);
