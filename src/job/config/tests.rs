use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::*;

const FILE: &str = "/etc/usage-report/usage-report.toml";

/// What a file says, where nobody else says anything.
fn of(text: &str) -> Decided {
    decide(&BTreeMap::new(), &|_| None, Some((Path::new(FILE), text)))
}

/// What is wrong with a file.
fn problems(text: &str) -> Vec<String> {
    of(text).problems.iter().map(ToString::to_string).collect()
}

#[test]
fn every_key_has_a_meaning_an_example_and_a_flag_of_its_own() {
    let mut flags: Vec<_> = Config::keys().filter_map(|key| key.flag).map(|(flag, _)| flag).collect();
    let count = flags.len();
    flags.sort_unstable();
    flags.dedup();
    assert_eq!(flags.len(), count, "two keys have one flag");
    for key in Config::keys() {
        assert!(key.doc.len() > 5 && !key.doc.ends_with('.'), "{}: {}", key.name, key.doc);
        assert!(!key.like.is_empty() && key.like != "[]", "{} has no example", key.name);
    }
    assert!(Config::sections().iter().skip(1).all(|section| !section.doc.is_empty()));
}

#[test]
fn the_example_says_what_holds_without_it_and_names_every_key() {
    assert_eq!(of(&example()).config, of("").config);
    assert!(of(&example()).settings.iter().all(|setting| setting.origin == Origin::Default));
    // With every key set: prose has a space after its #.
    let set: Vec<_> = example()
        .lines()
        .map(|line| line.strip_prefix('#').filter(|key| !key.starts_with(' ')).unwrap_or(line).to_owned())
        .collect();
    let decided = of(&set.join("\n"));
    assert!(decided.problems.is_empty(), "{:#?}", decided.problems);
    for setting in &decided.settings {
        assert!(matches!(setting.origin, Origin::File(_)), "{} is not in the example", setting.key.name);
    }
    assert_eq!(decided.settings.len(), Config::keys().count());
}

#[test]
fn a_flag_overrules_the_environment_and_that_the_file() {
    let (path, text) =
        (Path::new(FILE), "lake = 'of-file'\n[limits]\nmax_events = 7\n[reports]\nformats = ['csv', 'json']");
    let none = BTreeMap::new();
    let flags = BTreeMap::from([("lake", OsString::from("of-flag"))]);
    let variable = |name: &str| (name == "USAGE_REPORT_LAKE").then(|| OsString::from("of-variable"));
    let lake = |decided: Decided| (decided.config.top.lake, decided.settings[0].origin.to_string());
    let is = |path: &str, origin: &str| (PathBuf::from(path), origin.to_owned());
    assert_eq!(lake(decide(&flags, &variable, Some((path, text)))), is("of-flag", "--lake"));
    assert_eq!(lake(decide(&none, &variable, Some((path, text)))), is("of-variable", "USAGE_REPORT_LAKE"));
    assert_eq!(
        lake(decide(&none, &|_| Some(OsString::new()), Some((path, text)))),
        is("/etc/usage-report/of-file", &format!("{FILE}:1"))
    );
    assert_eq!(lake(decide(&none, &|_| None, None)), is("lake", "default"));

    let config = of(text).config;
    assert_eq!(
        (config.limits.max_events, config.reports.formats),
        (7, vec![ReportFormat::Rows(Format::Csv), ReportFormat::Rows(Format::Json)])
    );
    let lists = |name: &str| match name {
        "USAGE_REPORT_DUMPS_PATHS" => Some(OsString::from("one:/two/*.gz")),
        "USAGE_REPORT_REPORTS_FORMATS" => Some(OsString::from("terminal, parquet")),
        "USAGE_REPORT_MAINTENANCE_COMPACT" => Some(OsString::from("true")),
        _ => None,
    };
    let config = decide(&none, &lists, None).config;
    assert_eq!(config.dumps.paths, [PathBuf::from("one"), PathBuf::from("/two/*.gz")]);
    assert_eq!(config.reports.formats, [ReportFormat::Rows(Format::Terminal), ReportFormat::Rows(Format::Parquet)]);
    assert!(config.maintenance.compact);
}

#[test]
fn paths_in_a_file_start_from_its_folder() {
    let config = of("key_file = 'key'\n[dumps]\npaths = ['in', '/abs/*.gz', '../up']\nrules = 'r.toml'").config;
    assert_eq!(config.top.key_file.as_deref(), Some(Path::new("/etc/usage-report/key")));
    assert_eq!(config.dumps.paths, ["/etc/usage-report/in", "/abs/*.gz", "/etc/usage-report/../up"].map(PathBuf::from));
    assert_eq!(config.dumps.rules.as_deref(), Some(Path::new("/etc/usage-report/r.toml")));
    // What nobody says starts from where the program runs.
    assert_eq!(config.top.lake, Path::new("lake"));
}

#[test]
fn every_problem_is_told_with_its_place_and_what_to_do() {
    let text = "lakke = 'x'\nthreads = 2\n\n[dumps]\nthread = 2\nmax_rejects = -1\npaths = 'dumps'\nformat = 'enriched'\n\
                [reports]\nformats = ['csv', 3]\n[maintenance]\ncompact = 'yes'\ngc_older_than = 24\n[zzz]\na = 1\n[logs]\nformat = 'json'\n";
    let line = |number: usize, text: &str| format!("{FILE}:{number}: {text}");
    let expected = [
        line(1, "there is no key lakke; did you mean lake?"),
        line(2, "there is no key threads; did you mean dumps.threads?"),
        line(5, "there is no key dumps.thread; did you mean dumps.threads?"),
        line(6, "dumps.max_rejects: expected a whole number, found -1"),
        line(7, "dumps.paths: expected a list, each a path, found \"dumps\""),
        line(
            8,
            "dumps.format: expected one of enriched-tsv, enriched-json, tracker-payload, collector-payload, failed-events, vortex, \
             vortex-dev, found \"enriched\"",
        ),
        line(
            10,
            "reports.formats: expected a list, each one of terminal, html, markdown, csv, json, parquet, vega-lite, found [\"csv\", 3]",
        ),
        line(12, "maintenance.compact: expected true or false, found \"yes\""),
        line(13, "maintenance.gc_older_than: expected a length of time like 90m, 24h or 7d, found 24"),
        line(14, "there is no section zzz; `usage-report config example` shows all that there are"),
        line(16, "there is no section logs; did you mean log?"),
    ];
    assert_eq!(problems(text), expected);
    let form = problems("lake = 'lake'\n[dumps\n");
    assert!(form[0].starts_with(&format!("{FILE}:2: this is no TOML: ")), "{form:?}");
    assert!(problems("dumps = 3")[0].ends_with("dumps: expected a section, found 3"), "{:?}", problems("dumps = 3"));
    let variable = |name: &str| (name == "USAGE_REPORT_DUMPS_THREADS").then(|| OsString::from("two"));
    let decided = decide(&BTreeMap::new(), &variable, None);
    assert_eq!(
        decided.problems[0].to_string(),
        "USAGE_REPORT_DUMPS_THREADS: dumps.threads: expected a whole number, found \"two\""
    );
    assert_eq!(decided.config.dumps.threads, None);
}

#[test]
fn what_is_wrong_with_a_check_is_told_with_its_place() {
    let text = "[dumps]\nevery = '2h'\nknown_holes = ['2026-10-03', 'yesterday']\n\
                [[checks]]\nkind = 'volum'\n\
                [[checks]]\nlevel = 'warning'\n\
                [[checks]]\nkind = 'nulls'\nband = 0.2\nmax = -1\n\
                [[checks]]\nkind = 'rejects'\nmax = 1\ndays = 0\n\
                [[checks]]\nkind = 'rejects'\nmax = 0.1\nlevl = 'blocking'\n\
                [[checks]]\nkind = 'holes'\nexcept = ['2026-13-01']\n\
                [[checks]]\nkind = 'volume'\nweeks = 2\nname = 'a b'\n";
    let line = |number: usize, text: &str| format!("{FILE}:{number}: {text}");
    let kinds = "one of volume, rejects, duplicates, schema_versions, nulls, freshness, holes";
    let hole = "a day like \"2026-10-03\", an hour like \"2026-10-04T05\", or two of these with `to` between them";
    let expected = [
        line(2, "dumps.every: expected one of 1h, 1d, found \"2h\""),
        line(3, &format!("dumps.known_holes: expected a list, each {hole}, found [\"2026-10-03\", \"yesterday\"]")),
        line(5, &format!("checks.kind: expected {kinds}, found \"volum\"")),
        line(6, &format!("a check needs a kind, {kinds}")),
        line(8, "a check of kind nulls has no band; it takes column, max, days, min_count, except"),
        line(8, "a check of kind nulls needs column"),
        line(11, "checks.max: expected a number, 0 or more, found -1"),
        line(12, "max is a share: one that is not below 1 cannot be passed"),
        line(12, "days: of no day at all nothing can be measured"),
        line(16, &format!("there is a check rejects already, {FILE}:12: give this one a name")),
        line(19, "there is no key checks.levl; did you mean checks.level?"),
        line(20, "a check of kind holes needs dumps.every: how often dumps should bring something"),
        line(
            22,
            "checks.except: expected a list, each a day like \"2026-10-03\", or \"undated\" for what has no day, found [\"2026-13-01\"]",
        ),
        line(23, "weeks: three days of the past are the least that something is compared with"),
        line(26, "checks.name: expected a name of letters, digits, _ and -, found \"a b\""),
    ];
    assert_eq!(problems(text), expected);
    assert_eq!(
        problems("[checks]\nkind = 'volume'\n"),
        [line(1, "checks: expected tables, each under [[checks]], found a section")]
    );
    assert_eq!(problems("[[check]]\nkind = 'volume'\n"), [line(1, "there is no key check; did you mean checks?")]);
}

#[test]
fn a_check_is_what_it_says_and_the_defaults() {
    let decided = of(
        "[[checks]]\nkind = 'nulls'\ncolumn = 'adapter'\nmax = 0\n[[checks]]\nkind = 'volume'\nlevel = 'blocking'\n",
    );
    assert!(decided.problems.is_empty(), "{:?}", decided.problems);
    let checks = &decided.config.checks;
    assert_eq!(checks.iter().map(Check::name).collect::<Vec<_>>(), ["nulls_adapter", "volume"]);
    assert_eq!((checks[0].level, checks[1].level), (Level::Warning, Level::Blocking));
    assert_eq!((checks[0].max, checks[1].weeks, checks[1].band), (Some(0.0), 8, 0.5));
    // Only what a check of its kind takes has a value.
    let keys = |item: &Item| item.settings.iter().map(|setting| setting.key.own_name()).collect::<Vec<_>>();
    assert_eq!(keys(&decided.items[1]), ["name", "kind", "level", "band", "weeks", "days", "min_count", "except"]);
    assert_eq!(
        (decided.items[1].line.number, decided.items[1].settings[2].origin.to_string()),
        (5, format!("{FILE}:7"))
    );
}

#[test]
fn lengths_of_time_have_a_unit() {
    let seconds = |text: &str| Duration::from_text(text.as_ref()).map(|span| span.as_secs());
    let spans = ["0s", "90m", "24h", "7d"];
    assert_eq!(spans.map(seconds), [Some(0), Some(5400), Some(86_400), Some(604_800)]);
    for (text, written) in spans.into_iter().zip(["0s", "90m", "1d", "7d"]) {
        let toml = Duration::from_text(text.as_ref()).and_then(|span| span.to_toml());
        assert_eq!(toml, Some(format!("{written:?}")), "{text}");
    }
    for text in ["", "7", "d", "-1d", "+1d", "1.5h", "7 d", "7w", "99999999999999999999d", "999999999999999999d"] {
        assert_eq!(seconds(text), None, "{text}");
    }
}
