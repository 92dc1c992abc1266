//! Every kind of event through Arrow and Parquet and back.

use std::collections::BTreeMap;

use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Place, Reject, SideTable, Staging, TableId};
use crate::decode::{Decoder, FailureFamily, Format, Limits, Note, Reason, Refusal, Rules, Sink, Verdict};
use crate::lake::{DataFileWriter, Part, Store};
use crate::privacy::{Key, Pseudonymizer};

const ID: &str = "3f1a9c52-8c1e-4f39-9a55-6f5b8b6a2d01";
const MD5: &str = "06e5b98c2db46f8a72cc4f66410e9b3b";

/// One Snowplow event of each kind, every field set: the schema's name and its data.
const KINDS: [(&str, &str); 18] = [
    ("project_id", r#"{"project_id":"06e5b98c2db46f8a72cc4f66410e9b3b"}"#),
    ("adapter_info", r#"{"adapter_type":"duckdb","adapter_unique_id":"06e5b98c2db46f8a72cc4f66410e9b3b"}"#),
    (
        "load_all_timing",
        r#"{"project_id":"06e5b98c2db46f8a72cc4f66410e9b3b","path_count":1,"parsed_path_count":2,"read_files_elapsed":0.1,
            "load_macros_elapsed":0.2,"parse_project_elapsed":0.3,"patch_sources_elapsed":0.4,"process_manifest_elapsed":0.5,
            "load_all_elapsed":0.6,"is_partial_parse_enabled":true,"is_static_analysis_enabled":false,
            "static_analysis_path_count":3,"static_analysis_parsed_path_count":4}"#,
    ),
    (
        "resource_counts",
        r#"{"models":1,"data_tests":2,"unit_tests":3,"snapshots":4,"analyses":5,"macros":6,"operations":7,"seeds":8,
            "sources":9,"exposures":10,"metrics":11,"groups":12,"semantic_models":13,"saved_queries":14,"catalogs":15}"#,
    ),
    (
        "run_model",
        r#"{"index":1,"total":2,"execution_time":1.5,"run_status":"SUCCESS","run_skipped":false,"run_error":false,
            "model_materialization":"table","model_incremental_strategy":"merge","model_id":"06e5b98c2db46f8a72cc4f66410e9b3b",
            "hashed_contents":"06e5b98c2db46f8a72cc4f66410e9b3b","language":"sql","has_group":true,"contract_enforced":true,
            "access":"public","versioned":true,"catalog_type":"glue","timing":[
              {"name":"compile","started_at":"2026-10-01T00:00:00.000000Z","completed_at":"2026-10-01T00:00:00.250000Z"},
              {"name":"execute","started_at":"2026-10-01T00:00:01","completed_at":"2026-10-01T00:00:02"}],
            "adapter_info":{"adapter_name":"spark","base_adapter_version":"1.24.5","adapter_version":"1.11.1",
              "model_adapter_details":{"table_format":"ICEBERG"}}}"#,
    ),
    ("runnable", r#"{"graph_compilation_elapsed":0.5,"adapter_cache_construction_elapsed":0.25}"#),
    ("package_install", r#"{"name":"dbt-labs/dbt_utils","source":"hub","version":"1.1.1"}"#),
    ("partial_parser", r#"{"full_reparse_reason":"03_vars_changed"}"#),
    ("experimental_parser", r#"{"project_id":"06e5b98c2db46f8a72cc4f66410e9b3b","status":["00_exact_match","x"]}"#),
    ("deprecation_warn", r#"{"deprecation_name":"project-flags-moved"}"#),
    ("behavior_change_warn", r#"{"info":{"msg":"x"},"data":{"flag_name":"validate_macro_args"}}"#),
    ("deprecated_version_invocation", "{}"),
    ("rpc_request", r#"{"task":"compile"}"#),
    ("plugin_get_nodes", r#"{"plugin_name":"dbt-loom","num_model_nodes":3,"num_model_packages":1}"#),
    ("artifact_upload", r#"{"command":"build"}"#),
    ("hint_view", r#"{"hint_type":"long_parsing_without_v2_parser"}"#),
    ("manage_state", r#"{"manage_state":true,"source":"cli_flag"}"#),
    ("", ""),
];

fn tsv(kind: &str, data: &str) -> Vec<u8> {
    let invocation = format!(
        r#"{{"schema":"iglu:com.dbt/invocation/jsonschema/1-0-2","data":{{"progress":"end","result_type":"ok","project_id":"{MD5}",
        "user_id":"{ID}","invocation_id":"{ID}","command":"run","version":"=1.4.9","adapter_type":"duckdb","adapter_unique_id":"{MD5}"}}}},
        {{"schema":"iglu:com.dbt/platform/jsonschema/1-0-0","data":{{"platform":"Linux-6.1.0-x86_64-with-glibc2.36","python":"3.11.4","python_version":"CPython"}}}},
        {{"schema":"iglu:com.dbt/invocation_env/jsonschema/1-0-0","data":{{"environment":"manual"}}}}"#
    );
    let own = match kind {
        "" => invocation,
        kind => format!(r#"{invocation},{{"schema":"iglu:com.dbt/{kind}/jsonschema/1-0-0","data":{data}}}"#),
    };
    let contexts = format!(
        r#"{{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[{}]}}"#,
        own.replace('\n', " ")
    );
    let mut line = vec![""; 131];
    line[0] = "dbt";
    line[3] = "2026-10-01 12:00:00.500";
    line[4] = "2026-10-01 11:59:59.250";
    line[6] = ID;
    line[18] = "US";
    line[52] = &contexts;
    line.join("\t").into_bytes()
}

/// A protobuf field with bytes.
fn bytes(number: u8, content: &[u8]) -> Vec<u8> {
    let mut field = varint(u64::from(number) << 3 | 2);
    field.extend(varint(content.len() as u64));
    field.extend_from_slice(content);
    field
}

fn number(number: u8, value: u64) -> Vec<u8> {
    [varint(u64::from(number) << 3), varint(value)].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 127 {
        bytes.push(u8::try_from(value & 127).unwrap_or_default() | 128);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap_or_default());
    bytes
}

/// One batch with one event of each kind that only dbt 2 sends, every field set.
fn vortex() -> Vec<u8> {
    let id = [bytes(2, ID.as_bytes()), bytes(3, ID.as_bytes())].concat();
    let md5 = MD5.as_bytes();
    let node = [
        bytes(19, ID.as_bytes()),
        bytes(18, b"reused_no_changes"),
        bytes(22, b"warehouse"),
        bytes(7, b"reused"),
        bytes(20, b"model"),
    ];
    let kinds: Vec<(&str, Vec<u8>)> = vec![
        ("InvocationEnv", bytes(4, b"airflow")),
        ("AdapterInfoV2", [bytes(4, b"duckdb"), bytes(5, b"1.2.3"), bytes(6, b"1.2.4")].concat()),
        ("RunModel", node.concat()),
        ("Onboarding", [number(4, 1), number(5, 2), number(6, 1), bytes(7, ID.as_bytes())].concat()),
        ("Login", [number(4, 1), number(5, 1), bytes(6, ID.as_bytes()), bytes(7, md5), number(12, 0)].concat()),
        (
            "StaticAnalysisInvocation",
            [bytes(4, md5), bytes(5, b"strict"), bytes(6, b"cli"), number(7, 1), number(8, 2), number(9, 3)].concat(),
        ),
    ];
    let mut batch = Vec::new();
    let mut message = |type_url: String, event: Vec<u8>| {
        let any = [bytes(1, type_url.as_bytes()), bytes(2, &event)].concat();
        let created = bytes(2, &number(1, 1_790_812_800));
        batch.extend(bytes(2, &[bytes(1, &any), created].concat()));
    };
    for (kind, own) in kinds {
        message(format!("/v1.public.events.fusion.{kind}"), [id.clone(), own].concat());
    }
    message("/v1.events.fusion.CloudInvocation".to_owned(), bytes(2, ID.as_bytes()));
    batch
}

/// Stages the events of a form.
struct Stage<'s> {
    staging: &'s mut Staging,
    format: Format,
}

impl Sink for Stage<'_> {
    fn take(&mut self, item: u32, verdict: Verdict<'_>) {
        let Verdict::Event(event) = verdict else { panic!("no event: {verdict:?}") };
        let place = Place { source: "digest", source_form: self.format.as_str(), offset: 7, item };
        self.staging.append(&place, &event);
    }

    fn note(&mut self, _item: u32, note: Note<'_>) {
        panic!("everything is known: {note:?}");
    }
}

fn staged() -> BTreeMap<TableId, RecordBatch> {
    let key = Key::from_secret(b"a secret of some length").expect("long enough");
    let (pseudonymizer, limits, rules) = (Pseudonymizer::new(&key), Limits::default(), Rules::default());
    let mut decoder = Decoder::new(&pseudonymizer, &limits, &rules);
    let mut staging = Staging::default();
    let mut decode = |format: Format, record: &[u8]| {
        decoder.decode(format, record, None, &mut Stage { staging: &mut staging, format });
    };
    for (kind, data) in KINDS {
        decode(Format::EnrichedTsv, &tsv(kind, data));
    }
    decode(Format::Vortex, &vortex());
    let mut tables: BTreeMap<TableId, RecordBatch> = BTreeMap::new();
    for (table, batch) in staging.finish().events {
        assert!(tables.insert(table, batch).is_none(), "one batch a table");
    }
    tables
}

#[test]
fn every_kind_survives_arrow_and_parquet_and_fills_every_column() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let store = Store::new(folder.path());
    let tables = staged();
    let kinds: Vec<TableId> = tables.keys().copied().collect();
    assert_eq!(kinds, TableId::all().collect::<Vec<_>>(), "an event for every table");
    for (table, batch) in tables {
        assert_eq!(&batch.schema(), table.schema());
        for (column, spec) in batch.columns().iter().zip(table.columns()) {
            // The adapter of a node run names no invocation: it is the one column that an event cannot fill.
            let never = (table.name(), spec.name) == ("run_adapter_info_events", "invocation_id");
            assert_eq!(column.null_count() == column.len(), never, "{table:?}.{}: no value in any row", spec.name);
            if !spec.words.is_empty() {
                let words = column.as_any().downcast_ref::<arrow_array::StringArray>().expect("text");
                let unlisted: Vec<&str> = words.iter().flatten().filter(|word| !spec.words.contains(word)).collect();
                assert!(unlisted.is_empty(), "{table:?}.{}: {unlisted:?}", spec.name);
            }
        }
        let mut writer =
            DataFileWriter::create(&store, format!("{}.parquet", table.name()), table.schema()).expect("begun");
        writer.write(&batch).expect("written");
        let written = writer.finish().expect("finished");
        assert_eq!(written.rows, batch.num_rows() as u64);
        let file = store.open(&written.path, Part::Whole).expect("opened").expect("there");
        let mut reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("reader");
        let back = reader.next().expect("rows").expect("read");
        assert_eq!(back.columns(), batch.columns(), "{table:?}");
        assert!(reader.next().is_none());
    }
}

#[test]
fn refused_records_have_a_table_too() {
    let mut staging = Staging::default();
    assert!(staging.finish().rejects.is_none());
    let (schema, family) = (Some("time_travel".to_owned()), Some(FailureFamily::SCHEMA));
    let refusal = Refusal { reason: Reason::UnknownSchema, schema, family };
    let place = Place { source: "digest", source_form: "enriched-tsv", offset: 9, item: 1 };
    staging.reject(&Reject { place, length: Some(5), refusal: &refusal });
    let batch = staging.finish().rejects.expect("a row");
    assert_eq!(&batch.schema(), SideTable::Rejects.schema());
    assert_eq!(batch.num_rows(), 1);
    assert!(batch.columns().iter().all(|column| column.null_count() == 0));
    assert!(batch.schema().fields().iter().any(|field| field.data_type() == &DataType::Int64));
}
