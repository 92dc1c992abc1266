//! The data of dbt's schemas, as far as they may be read: fields on the allow-list and no others.

mod new_fields;
mod values;

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

pub(super) use self::new_fields::{NewFields, shown};
pub(super) use self::values::{Codes, Scalar, Timing};
use super::text::Text;

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
