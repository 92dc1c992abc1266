//! Self-describing contexts: the JSON in which all data of dbt 1 travel.
//!
//! ```text
//! {"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1",
//!  "data":[{"schema":"iglu:com.dbt/run_model/jsonschema/1-1-0","data":{…}}, …]}
//! ```
//!
//! Each `data` is read straight into the type of its schema. These types hold only fields on the
//! allow-list; every other field is passed over unread. An Analytics-SDK event names each schema in
//! the key (`contexts_com_dbt_run_model_1`) and has a list of `data`: [`DataList`] reads those.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::text::Text;
use crate::event::{SchemaKey, Timestamp};

/// The contexts of one event, as far as dbt sent them.
#[derive(Debug, Default)]
pub(super) struct Contexts<'a> {
    pub invocation: Option<InvocationData<'a>>,
    pub platform: Option<PlatformData<'a>>,
    pub invocation_env: Option<InvocationEnvData<'a>>,
    /// The context that says what kind of event it is, where it is none of the three above.
    pub primary: Option<Primary<'a>>,
    /// The name of a dbt schema that is not known here.
    pub unknown: Option<String>,
    /// The name of the schema whose data did not fit it, for the refusal.
    pub failing: Option<&'static str>,
}

macro_rules! primaries {
    ($($schema:literal => $variant:ident($data:ident)),+ $(,)?) => {
        /// A context that says what kind of event it is.
        #[derive(Debug)]
        pub(super) enum Primary<'a> {
            $($variant($data<'a>),)+
        }

        impl<'a> Contexts<'a> {
            /// Reads the data of a schema; every schema that dbt has is a line here.
            fn read<'de: 'a, D: Deserializer<'de>>(&mut self, key: SchemaKey<'_>, data: D) -> Result<(), D::Error> {
                if key.model != 1 {
                    self.unknown = Some(format!("{}/{}", key.name, key.model));
                    return IgnoredAny::deserialize(data).map(drop);
                }
                match key.name {
                    "invocation" => {
                        self.failing = Some("invocation");
                        self.invocation = Some(InvocationData::deserialize(data)?);
                    }
                    "platform" => {
                        self.failing = Some("platform");
                        self.platform = Some(PlatformData::deserialize(data)?);
                    }
                    "invocation_env" => {
                        self.failing = Some("invocation_env");
                        self.invocation_env = Some(InvocationEnvData::deserialize(data)?);
                    }
                    $($schema => {
                        self.failing = Some($schema);
                        self.primary = Some(Primary::$variant($data::deserialize(data)?));
                    })+
                    name => {
                        self.unknown = Some(name.to_owned());
                        IgnoredAny::deserialize(data)?;
                    }
                }
                self.failing = None;
                Ok(())
            }
        }
    };
}

primaries! {
    "run_model" => RunModel(RunModelData),
    "project_id" => ProjectId(ProjectIdData),
    "adapter_info" => AdapterInfo(AdapterInfoData),
    "load_all_timing" => LoadAllTiming(LoadAllTimingData),
    "resource_counts" => ResourceCounts(ResourceCountsData),
    "runnable" => Runnable(RunnableData),
    "package_install" => PackageInstall(PackageInstallData),
    "partial_parser" => PartialParser(PartialParserData),
    "experimental_parser" => ExperimentalParser(ExperimentalParserData),
    "deprecation_warn" => DeprecationWarn(DeprecationWarnData),
    "behavior_change_warn" => BehaviorChangeWarn(BehaviorChangeWarnData),
    "deprecated_version_invocation" => DeprecatedVersionInvocation(NoData),
    "rpc_request" => RpcRequest(RpcRequestData),
    "plugin_get_nodes" => PluginGetNodes(PluginGetNodesData),
    "artifact_upload" => ArtifactUpload(ArtifactUploadData),
    "hint_view" => HintView(HintViewData),
    "manage_state" => ManageState(ManageStateData),
}

impl<'a> Contexts<'a> {
    /// Reads the wrapper and everything in it.
    pub(super) fn parse(&mut self, json: &'a str) -> Result<(), serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        deserializer.deserialize_map(Wrapper(self))?;
        deserializer.end()
    }
}

/// Reads the wrapper object.
struct Wrapper<'c, 'a>(&'c mut Contexts<'a>);

impl<'de: 'a, 'a> Visitor<'de> for Wrapper<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("self-describing contexts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut named = false;
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match &*key {
                "schema" => {
                    let schema: Text<'de> = map.next_value()?;
                    if !schema.starts_with("iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-") {
                        return Err(A::Error::custom("another schema than contexts"));
                    }
                    named = true;
                }
                "data" => map.next_value_seed(List(&mut *self.0))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if named { Ok(()) } else { Err(A::Error::missing_field("schema")) }
    }
}

/// Reads the list of contexts.
struct List<'c, 'a>(&'c mut Contexts<'a>);

impl<'de: 'a, 'a> DeserializeSeed<'de> for List<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for List<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of contexts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(One(&mut *self.0))?.is_some() {}
        Ok(())
    }
}

/// Reads one context: schema, then data; the other order costs a second look at the data.
struct One<'c, 'a>(&'c mut Contexts<'a>);

impl<'de: 'a, 'a> DeserializeSeed<'de> for One<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for One<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a context with schema and data")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut schema: Option<Text<'de>> = None;
        let mut waiting: Option<&'de RawValue> = None;
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match (&*key, &schema) {
                ("schema", _) => schema = Some(map.next_value()?),
                ("data", Some(schema)) => match SchemaKey::parse(schema) {
                    Some(key) => map.next_value_seed(Data { contexts: &mut *self.0, key })?,
                    None => drop(map.next_value::<IgnoredAny>()?),
                },
                ("data", None) => waiting = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let schema = schema.ok_or_else(|| A::Error::missing_field("schema"))?;
        match (waiting, SchemaKey::parse(&schema)) {
            (Some(data), Some(key)) => self.0.read(key, data).map_err(A::Error::custom),
            _ => Ok(()),
        }
    }
}

/// Reads the data of one schema.
struct Data<'c, 'k, 'a> {
    contexts: &'c mut Contexts<'a>,
    key: SchemaKey<'k>,
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for Data<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.contexts.read(self.key, deserializer)
    }
}

/// Reads a list of data of one schema, as an Analytics-SDK event has it.
pub(super) struct DataList<'c, 'k, 'a> {
    pub contexts: &'c mut Contexts<'a>,
    pub key: SchemaKey<'k>,
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for DataList<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for DataList<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of data of one schema")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Data { contexts: &mut *self.contexts, key: self.key })?.is_some() {}
        Ok(())
    }
}

/// Declares the fields of a schema that may be read. Each may be absent or null; texts are borrowed.
macro_rules! data {
    ($($(#[$doc:meta])* $name:ident { texts [$($text:ident),* $(,)?] $($field:ident: $kind:ty),* $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Default, Deserialize)]
            #[serde(default, bound(deserialize = "'de: 'a"))]
            pub(super) struct $name<'a> {
                $(pub $text: Text<'a>,)*
                $(pub $field: $kind,)*
                #[serde(skip)]
                lifetime: std::marker::PhantomData<&'a str>,
            }
        )+
    };
}

data! {
    /// `invocation`. Not read: `options` (arguments), `result` (error text), `run_type`.
    InvocationData {
        texts [progress, result_type, project_id, user_id, invocation_id, command, version, adapter_type, adapter_unique_id]
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
        adapter_info: Option<RunAdapterData<'a>>,
    }
    /// `adapter_info` inside `run_model`.
    RunAdapterData {
        texts [adapter_name, base_adapter_version, adapter_version]
        model_adapter_details: Option<AdapterDetailsData<'a>>,
    }
    /// The known part of an adapter's own details.
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
        traceback: Option<IgnoredAny>,
    }
    /// `experimental_parser`. Not read: `file_id`.
    ExperimentalParserData {
        texts [project_id]
        status: Codes<'a>,
    }
    /// `deprecation_warn`.
    DeprecationWarnData { texts [deprecation_name] }
    /// `behavior_change_warn`. Not read: the message, process and thread.
    BehaviorChangeWarnData { texts [] data: Option<BehaviorFlagData<'a>>, }
    /// `data` of `behavior_change_warn`.
    BehaviorFlagData { texts [flag_name] }
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
