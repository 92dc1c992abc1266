//! The data of dbt's schemas, as far as they may be read: fields on the allow-list and no others.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::text::Text;
use crate::event::Timestamp;

/// The most new fields of one object that are named.
const NEW_FIELDS: usize = 64;

/// Fields that a later dbt added to an object, each once; those of an object inside of it as `adapter_info.name`.
#[derive(Debug, Default)]
pub(super) struct NewFields(Vec<String>);

impl NewFields {
    fn add(&mut self, name: &str) {
        if self.0.len() < NEW_FIELDS && !self.0.iter().any(|known| known == name) {
            self.0.push(name.to_owned());
        }
    }

    fn add_inside(&mut self, object: &str, fields: &Self) {
        for field in fields.names() {
            self.add(&format!("{object}.{field}"));
        }
    }

    /// The names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// The name of a schema or field; `(other)` for what is no name as dbt forms them and so could be any text.
pub(super) fn shown(name: &str) -> &str {
    let proper = (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if proper { name } else { "(other)" }
}

/// The data of a schema, or of an object in them.
pub(super) trait Data {
    /// The fields that are read.
    const FIELDS: &'static [&'static str];
}

/// Declares the fields of a schema: those that may be read, each of which may be absent or null (texts are borrowed),
/// and those that are passed over. Any other one is new. `objects` are those among the fields that are objects
/// themselves: what is new in them is new in the schema.
macro_rules! data {
    ($(
        $(#[$doc:meta])*
        $name:ident {
            texts [$($text:ident),* $(,)?]
            $($field:ident: $kind:ty),* $(,)?
            $(; objects [$($object:ident),+ $(,)?])?
            $(; passed over [$($passed:literal),+ $(,)?])?
        }
    )+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Default)]
            pub(super) struct $name<'a> {
                $(pub $text: Text<'a>,)*
                $(pub $field: $kind,)*
                pub new_fields: NewFields,
                lifetime: PhantomData<&'a str>,
            }

            impl Data for $name<'_> {
                const FIELDS: &'static [&'static str] = &[$(stringify!($text),)* $(stringify!($field),)*];
            }

            impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    struct Object<'a>(PhantomData<&'a str>);

                    impl<'de: 'a, 'a> Visitor<'de> for Object<'a> {
                        type Value = $name<'a>;

                        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                            f.write_str("an object")
                        }

                        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                            let mut data = $name::default();
                            while let Some(key) = map.next_key::<Text<'de>>()? {
                                match &*key {
                                    $(stringify!($text) => data.$text = map.next_value()?,)*
                                    $(stringify!($field) => data.$field = map.next_value()?,)*
                                    // Scala's SDK adds the version of the schema to every context.
                                    "_schema_version" $($(| $passed)+)? => drop(map.next_value::<IgnoredAny>()?),
                                    new => {
                                        data.new_fields.add(shown(new));
                                        map.next_value::<IgnoredAny>()?;
                                    }
                                }
                            }
                            $($(if let Some(object) = &data.$object {
                                data.new_fields.add_inside(stringify!($object), &object.new_fields);
                            })+)?
                            Ok(data)
                        }
                    }

                    deserializer.deserialize_map(Object(PhantomData))
                }
            }
        )+
    };
}

data! {
    /// `invocation`. Not read: `options` (arguments), `result` (error text), `run_type`.
    InvocationData {
        texts [progress, result_type, project_id, user_id, invocation_id, command, version, adapter_type, adapter_unique_id]
        ; passed over ["options", "result", "run_type"]
    }
    /// `platform`.
    PlatformData { texts [platform, python, python_version] }
    /// `invocation_env`.
    InvocationEnvData { texts [environment] }
    /// `run_model`.
    RunModelData {
        texts [
            invocation_id, model_materialization, model_incremental_strategy, model_id, hashed_contents, language,
            access, catalog_type,
        ]
        index: Option<i32>,
        total: Option<i32>,
        execution_time: Option<f64>,
        run_status: Scalar<'a>,
        run_skipped: Option<bool>,
        run_error: Scalar<'a>,
        timing: Timing,
        has_group: Option<bool>,
        contract_enforced: Option<bool>,
        versioned: Option<bool>,
        adapter_info: Option<RunAdapterData<'a>>
        ; objects [adapter_info]
    }
    /// `adapter_info` inside `run_model`.
    RunAdapterData {
        texts [adapter_name, base_adapter_version, adapter_version]
        model_adapter_details: Option<AdapterDetailsData<'a>>,
    }
    /// `model_adapter_details` of it: an adapter's own details, an open map, in which nothing is new.
    AdapterDetailsData { texts [table_format] }
    /// `project_id`.
    ProjectIdData { texts [project_id] }
    /// `adapter_info`.
    AdapterInfoData { texts [adapter_type, adapter_unique_id] }
    /// `load_all_timing`.
    LoadAllTimingData {
        texts [invocation_id, project_id]
        path_count: Option<i64>,
        parsed_path_count: Option<i64>,
        read_files_elapsed: Option<f64>,
        load_macros_elapsed: Option<f64>,
        parse_project_elapsed: Option<f64>,
        patch_sources_elapsed: Option<f64>,
        process_manifest_elapsed: Option<f64>,
        load_all_elapsed: Option<f64>,
        is_partial_parse_enabled: Option<bool>,
        is_static_analysis_enabled: Option<bool>,
        static_analysis_path_count: Option<i64>,
        static_analysis_parsed_path_count: Option<i64>,
    }
    /// `resource_counts`.
    ResourceCountsData {
        texts []
        models: Option<i64>,
        tests: Option<i64>,
        data_tests: Option<i64>,
        unit_tests: Option<i64>,
        snapshots: Option<i64>,
        analyses: Option<i64>,
        macros: Option<i64>,
        operations: Option<i64>,
        seeds: Option<i64>,
        sources: Option<i64>,
        exposures: Option<i64>,
        metrics: Option<i64>,
        groups: Option<i64>,
        semantic_models: Option<i64>,
        saved_queries: Option<i64>,
        catalogs: Option<i64>,
    }
    /// `runnable`.
    RunnableData {
        texts []
        graph_compilation_elapsed: Option<f64>,
        adapter_cache_construction_elapsed: Option<f64>,
    }
    /// `package_install`.
    PackageInstallData { texts [name, source, version] }
    /// `partial_parser`. Of `exception` only whether there is one is looked at.
    PartialParserData {
        texts [full_reparse_reason]
        exception: Option<IgnoredAny>,
        traceback: Option<IgnoredAny>
        ; passed over ["code", "location", "parse_file_type"]
    }
    /// `experimental_parser`. Not read: `file_id`.
    ExperimentalParserData {
        texts [project_id]
        status: Codes<'a>
        ; passed over ["file_id"]
    }
    /// `deprecation_warn`.
    DeprecationWarnData { texts [deprecation_name] }
    /// `behavior_change_warn`. Not read: the message, process and thread.
    BehaviorChangeWarnData {
        texts []
        data: Option<BehaviorFlagData<'a>>
        ; objects [data]
        ; passed over ["info"]
    }
    /// `data` of `behavior_change_warn`.
    BehaviorFlagData {
        texts [flag_name]
        ; passed over ["flag_source", "description", "docs_url"]
    }
    /// A schema whose fields say nothing that is kept.
    NoData { texts [] }
    /// `rpc_request`.
    RpcRequestData { texts [task] }
    /// `plugin_get_nodes`.
    PluginGetNodesData {
        texts [plugin_name]
        num_model_nodes: Option<i64>,
        num_model_packages: Option<i64>,
    }
    /// `artifact_upload`.
    ArtifactUploadData { texts [command] }
    /// `hint_view`.
    HintViewData { texts [hint_type] }
    /// `manage_state`.
    ManageStateData {
        texts [source]
        manage_state: Option<bool>,
    }
}

/// A value that was text in one release, a number in another and a flag in a third.
#[derive(Debug, Default)]
pub(super) enum Scalar<'a> {
    /// Null or absent.
    #[default]
    Absent,
    /// A text.
    Text(Text<'a>),
    /// A number.
    Number(f64),
    /// A flag.
    Flag(bool),
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScalarVisitor;

        impl<'de> Visitor<'de> for ScalarVisitor {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, a flag or null")
            }

            fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Text::from(text)))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Text::from(text.to_owned())))
            }

            fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(Scalar::Flag(flag))
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(number))
            }

            #[allow(clippy::cast_precision_loss, reason = "only whether it is zero matters")]
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(number as f64))
            }

            #[allow(clippy::cast_precision_loss, reason = "only whether it is zero matters")]
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(number as f64))
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
                Ok(Scalar::Absent)
            }
        }

        deserializer.deserialize_any(ScalarVisitor)
    }
}

/// `timing` of `run_model`: `[{"name":"compile","started_at":…,"completed_at":…}, …]`, as seconds.
#[derive(Debug, Default)]
pub(super) struct Timing {
    pub compile_seconds: Option<f64>,
    pub execute_seconds: Option<f64>,
}

/// One phase of `timing`.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Phase<'a> {
    #[serde(default)]
    name: Text<'a>,
    #[serde(default)]
    started_at: Text<'a>,
    #[serde(default)]
    completed_at: Text<'a>,
}

impl<'de> Deserialize<'de> for Timing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Phases;

        impl<'de> Visitor<'de> for Phases {
            type Value = Timing;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of phases or null")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Timing, A::Error> {
                let mut timing = Timing::default();
                while let Some(phase) = list.next_element::<Option<Phase<'de>>>()? {
                    let Some(phase) = phase else { continue };
                    let seconds = || {
                        let start = Timestamp::parse(phase.started_at.as_bytes())?;
                        Some(Timestamp::parse(phase.completed_at.as_bytes())?.seconds_since(start))
                    };
                    match &*phase.name {
                        "compile" => timing.compile_seconds = seconds(),
                        "execute" => timing.execute_seconds = seconds(),
                        _ => {}
                    }
                }
                Ok(timing)
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Timing, E> {
                Ok(Timing::default())
            }
        }

        deserializer.deserialize_any(Phases)
    }
}

/// A list of codes, of which the first and their number are kept; also a single code.
#[derive(Debug, Default)]
pub(super) struct Codes<'a> {
    pub first: Option<Text<'a>>,
    pub count: i32,
}

impl<'de: 'a, 'a> Deserialize<'de> for Codes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CodesVisitor;

        impl<'de> Visitor<'de> for CodesVisitor {
            type Value = Codes<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of codes, a code or null")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut codes = Codes::default();
                while let Some(code) = list.next_element::<Text<'de>>()? {
                    codes.first.get_or_insert(code);
                    codes.count = codes.count.saturating_add(1);
                }
                Ok(codes)
            }

            fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Codes { first: Some(Text::from(text)), count: 1 })
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
                Ok(Codes::default())
            }
        }

        deserializer.deserialize_any(CodesVisitor)
    }
}
