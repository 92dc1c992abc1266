//! The data of dbt's schemas, as far as they may be read: fields on the allow-list and no others.

mod new_fields;
mod values;

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

pub(super) use self::new_fields::{NewFields, shown};
pub(super) use self::values::{Codes, Phase, Scalar, Timing};
use super::plain::{Cursor, Object, Plain, fields};
use super::text::Text;

/// The data of a schema, or of an object in them.
pub(super) trait Data {
    /// The fields that are read.
    const FIELDS: &'static [&'static str];
}

/// Declares the fields of a schema: those that may be read, each of which may be absent or null (texts are borrowed),
/// in the order in which dbt writes them, which is read fastest; and those that are passed over. Any other one is new.
/// `objects` are those among the fields that are objects themselves: what is new in them is new in the schema.
macro_rules! data {
    ($(
        $(#[$doc:meta])*
        $name:ident {
            $($field:ident: $kind:ty),* $(,)?
            $(; objects [$($object:ident),+ $(,)?])?
            $(; passed over [$($passed:literal),+ $(,)?])?
        }
    )+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Default)]
            pub(super) struct $name<'a> {
                $(pub $field: $kind,)*
                pub new_fields: NewFields,
                lifetime: PhantomData<&'a str>,
            }

            impl Data for $name<'_> {
                const FIELDS: &'static [&'static str] = &[$(stringify!($field),)*];
            }

            impl Object for $name<'_> {}

            impl<'a> Plain<'a> for $name<'a> {
                fn fill(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
                    fields!(cursor,
                        $(concat!("\"", stringify!($field), "\":") => self.$field.fill(cursor),)*
                        $($(concat!("\"", $passed, "\":") => cursor.pass_over(),)+)?
                    );
                    Some(())
                }
            }

            impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    struct Fields<'a>(PhantomData<&'a str>);

                    impl<'de: 'a, 'a> Visitor<'de> for Fields<'a> {
                        type Value = $name<'a>;

                        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                            f.write_str("an object")
                        }

                        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                            let mut data = $name::default();
                            while let Some(key) = map.next_key::<Text<'de>>()? {
                                match &*key {
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

                    deserializer.deserialize_map(Fields(PhantomData))
                }
            }
        )+
    };
}

data! {
    /// `invocation`. Not read: `options` (arguments), `result` (error text), `run_type`.
    InvocationData {
        progress: Text<'a>,
        result_type: Text<'a>,
        project_id: Text<'a>,
        user_id: Text<'a>,
        invocation_id: Text<'a>,
        command: Text<'a>,
        version: Text<'a>,
        adapter_type: Text<'a>,
        adapter_unique_id: Text<'a>,
        ; passed over ["options", "result", "run_type"]
    }
    /// `platform`.
    PlatformData { platform: Text<'a>, python: Text<'a>, python_version: Text<'a> }
    /// `invocation_env`.
    InvocationEnvData { environment: Text<'a> }
    /// `run_model`.
    RunModelData {
        invocation_id: Text<'a>,
        index: Option<i32>,
        total: Option<i32>,
        execution_time: Option<f64>,
        run_status: Scalar<'a>,
        run_skipped: Option<bool>,
        run_error: Scalar<'a>,
        model_materialization: Text<'a>,
        model_incremental_strategy: Text<'a>,
        model_id: Text<'a>,
        hashed_contents: Text<'a>,
        timing: Timing,
        language: Text<'a>,
        has_group: Option<bool>,
        contract_enforced: Option<bool>,
        access: Text<'a>,
        versioned: Option<bool>,
        adapter_info: Option<RunAdapterData<'a>>,
        catalog_type: Text<'a>
        ; objects [adapter_info]
    }
    /// `adapter_info` inside `run_model`.
    RunAdapterData {
        adapter_name: Text<'a>,
        base_adapter_version: Text<'a>,
        adapter_version: Text<'a>,
        model_adapter_details: Option<AdapterDetailsData<'a>>,
    }
    /// `model_adapter_details` of it: an adapter's own details, an open map, in which nothing is new.
    AdapterDetailsData { table_format: Text<'a> }
    /// `project_id`.
    ProjectIdData { project_id: Text<'a> }
    /// `adapter_info`.
    AdapterInfoData { adapter_type: Text<'a>, adapter_unique_id: Text<'a> }
    /// `load_all_timing`.
    LoadAllTimingData {
        invocation_id: Text<'a>,
        project_id: Text<'a>,
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
        models: Option<i64>,
        tests: Option<i64>,
        snapshots: Option<i64>,
        analyses: Option<i64>,
        macros: Option<i64>,
        operations: Option<i64>,
        seeds: Option<i64>,
        data_tests: Option<i64>,
        sources: Option<i64>,
        exposures: Option<i64>,
        metrics: Option<i64>,
        groups: Option<i64>,
        semantic_models: Option<i64>,
        saved_queries: Option<i64>,
        unit_tests: Option<i64>,
        catalogs: Option<i64>,
    }
    /// `runnable`.
    RunnableData {

        graph_compilation_elapsed: Option<f64>,
        adapter_cache_construction_elapsed: Option<f64>,
    }
    /// `package_install`.
    PackageInstallData { name: Text<'a>, source: Text<'a>, version: Text<'a> }
    /// `partial_parser`. Of `exception` only whether there is one is looked at.
    PartialParserData {
        full_reparse_reason: Text<'a>,
        exception: Option<IgnoredAny>,
        traceback: Option<IgnoredAny>
        ; passed over ["code", "location", "parse_file_type"]
    }
    /// `experimental_parser`. Not read: `file_id`.
    ExperimentalParserData {
        project_id: Text<'a>,
        status: Codes<'a>
        ; passed over ["file_id"]
    }
    /// `deprecation_warn`.
    DeprecationWarnData { deprecation_name: Text<'a> }
    /// `behavior_change_warn`. Not read: the message, process and thread.
    BehaviorChangeWarnData {

        data: Option<BehaviorFlagData<'a>>
        ; objects [data]
        ; passed over ["info"]
    }
    /// `data` of `behavior_change_warn`.
    BehaviorFlagData {
        flag_name: Text<'a>,
        ; passed over ["flag_source", "description", "docs_url"]
    }
    /// A schema whose fields say nothing that is kept.
    NoData {}
    /// `rpc_request`.
    RpcRequestData { task: Text<'a> }
    /// `plugin_get_nodes`.
    PluginGetNodesData {
        plugin_name: Text<'a>,
        num_model_nodes: Option<i64>,
        num_model_packages: Option<i64>,
    }
    /// `artifact_upload`.
    ArtifactUploadData { command: Text<'a> }
    /// `hint_view`.
    HintViewData { hint_type: Text<'a> }
    /// `manage_state`.
    ManageStateData {
        source: Text<'a>,
        manage_state: Option<bool>,
    }
}
