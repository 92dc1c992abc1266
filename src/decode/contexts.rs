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

use super::data::{
    AdapterInfoData, ArtifactUploadData, BehaviorChangeWarnData, Data, DeprecationWarnData, ExperimentalParserData,
    HintViewData, InvocationData, InvocationEnvData, LoadAllTimingData, ManageStateData, NewFields, NoData,
    PackageInstallData, PartialParserData, PlatformData, PluginGetNodesData, ProjectIdData, ResourceCountsData,
    RpcRequestData, RunModelData, RunnableData, shown,
};
use super::plain::{Cursor, Plain as _};
use super::refusal::{Reason, Refusal};
use super::text::Text;
use crate::event::SchemaKey;

/// What the schema of a wrapper begins with.
const CONTEXTS: &str = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-";

/// The contexts of one event, as far as dbt sent them.
#[derive(Debug, Default)]
pub(super) struct Contexts<'a> {
    pub invocation: Option<InvocationData<'a>>,
    pub platform: Option<PlatformData<'a>>,
    pub invocation_env: Option<InvocationEnvData<'a>>,
    /// The context that says what kind of event it is, where it is none of the three above.
    pub primary: Option<Primary<'a>>,
    /// Schemas and fields of dbt that are not known here.
    news: Vec<News>,
    /// The name of the schema whose data did not fit it, for the refusal.
    pub failing: Option<&'static str>,
}

/// A schema of dbt that is not known here, or the new field of one that is.
#[derive(Debug)]
struct News {
    /// dbt's name, with `/model` where that is not 1.
    schema: String,
    /// The field.
    field: Option<String>,
}

macro_rules! primaries {
    ($($(#[$attribute:meta])* $schema:literal => $variant:ident($data:ident)),+ $(,)?) => {
        /// A context that says what kind of event it is.
        #[derive(Debug)]
        pub(super) enum Primary<'a> {
            $($(#[$attribute])* $variant($data<'a>),)+
        }

        /// Every schema that is known, with the fields of it that are read.
        pub(super) const SCHEMAS: &[(&str, &[&str])] = &[
            ("invocation", <InvocationData<'_> as Data>::FIELDS),
            ("platform", <PlatformData<'_> as Data>::FIELDS),
            ("invocation_env", <InvocationEnvData<'_> as Data>::FIELDS),
            $(($schema, <$data<'_> as Data>::FIELDS),)+
        ];

        impl<'a> Contexts<'a> {
            /// Reads the data of a schema; every schema that dbt has is a line here.
            fn read<'de: 'a, D: Deserializer<'de>>(&mut self, key: SchemaKey<'_>, data: D) -> Result<(), D::Error> {
                if key.model != 1 {
                    self.news.push(News { schema: format!("{}/{}", shown(key.name), key.model), field: None });
                    return IgnoredAny::deserialize(data).map(drop);
                }
                match key.name {
                    "invocation" => {
                        self.failing = Some("invocation");
                        let data = InvocationData::deserialize(data)?;
                        self.new_fields("invocation", &data.new_fields);
                        self.invocation = Some(data);
                    }
                    "platform" => {
                        self.failing = Some("platform");
                        let data = PlatformData::deserialize(data)?;
                        self.new_fields("platform", &data.new_fields);
                        self.platform = Some(data);
                    }
                    "invocation_env" => {
                        self.failing = Some("invocation_env");
                        let data = InvocationEnvData::deserialize(data)?;
                        self.new_fields("invocation_env", &data.new_fields);
                        self.invocation_env = Some(data);
                    }
                    $($schema => {
                        self.failing = Some($schema);
                        let data = $data::deserialize(data)?;
                        self.new_fields($schema, &data.new_fields);
                        self.primary = Some(Primary::$variant(data));
                    })+
                    name => {
                        self.news.push(News { schema: shown(name).to_owned(), field: None });
                        IgnoredAny::deserialize(data)?;
                    }
                }
                self.failing = None;
                Ok(())
            }

            /// The same, of data as programs write them; `None`: they are not, or the schema is not known.
            fn fill(&mut self, key: SchemaKey<'_>, cursor: &mut Cursor<'a>) -> Option<()> {
                if key.model != 1 {
                    return None;
                }
                match key.name {
                    "invocation" => self.invocation.insert(InvocationData::default()).fill(cursor),
                    "platform" => self.platform.insert(PlatformData::default()).fill(cursor),
                    "invocation_env" => self.invocation_env.insert(InvocationEnvData::default()).fill(cursor),
                    $($schema => {
                        let mut data = $data::default();
                        data.fill(cursor)?;
                        self.primary = Some(Primary::$variant(data));
                        Some(())
                    })+
                    _ => None,
                }
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
    #[expect(dead_code, reason = "that it is there is all it says")]
    "deprecated_version_invocation" => DeprecatedVersionInvocation(NoData),
    "rpc_request" => RpcRequest(RpcRequestData),
    "plugin_get_nodes" => PluginGetNodes(PluginGetNodesData),
    "artifact_upload" => ArtifactUpload(ArtifactUploadData),
    "hint_view" => HintView(HintViewData),
    "manage_state" => ManageState(ManageStateData),
}

impl<'a> Contexts<'a> {
    fn new_fields(&mut self, schema: &str, fields: &NewFields) {
        for field in fields.names() {
            self.news.push(News { schema: schema.to_owned(), field: Some(field.to_owned()) });
        }
    }

    /// Everything that is not known: the schema, and its field if the schema is.
    pub(super) fn news(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.news.iter().map(|news| (news.schema.as_str(), news.field.as_deref()))
    }

    /// The first schema that is not known.
    pub(super) fn unknown_schema(&self) -> Option<&str> {
        self.news.iter().find(|news| news.field.is_none()).map(|news| news.schema.as_str())
    }

    /// Why reading failed: data that do not fit the schema that was being read; for the reason given where there was
    /// none, or where `json`, of which they are a part, is no JSON.
    pub(super) fn refusal(&self, json: &str, otherwise: Reason) -> Refusal {
        match self.failing {
            Some(schema) if serde_json::from_str::<IgnoredAny>(json).is_ok() => {
                Refusal::of_schema(Reason::BadData, schema)
            }
            _ => otherwise.into(),
        }
    }

    /// Reads the wrapper and everything in it.
    ///
    /// # Errors
    /// When it is no such JSON; [`Contexts::refusal`] then says what part of it is not.
    pub(super) fn parse(&mut self, json: &'a str) -> Result<(), serde_json::Error> {
        if self.is_empty() {
            if self.parse_plain(json).is_some() {
                return Ok(());
            }
            *self = Self::default();
        }
        self.parse_any(json)
    }

    /// The same, however it is written.
    fn parse_any(&mut self, json: &'a str) -> Result<(), serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        deserializer.deserialize_map(Wrapper(self))?;
        deserializer.end()
    }

    /// Whether nothing has been read.
    fn is_empty(&self) -> bool {
        let Self { invocation, platform, invocation_env, primary, news, failing } = self;
        let is_read = invocation.is_some() || platform.is_some() || invocation_env.is_some() || primary.is_some();
        !is_read && news.is_empty() && failing.is_none()
    }
}

impl<'a> Contexts<'a> {
    /// Takes a list of data of one schema, as an Analytics-SDK event has it, if they are as programs write them.
    pub(super) fn take_list(&mut self, key: SchemaKey<'_>, cursor: &mut Cursor<'a>) -> Option<()> {
        cursor.list(|cursor| self.fill(key, cursor))
    }

    /// Reads the wrapper and everything in it, if it is as programs write it and holds nothing that is not known.
    fn parse_plain(&mut self, json: &'a str) -> Option<()> {
        let mut cursor = Cursor::of(json);
        cursor.self_describing(|schema, cursor| {
            if !schema.starts_with(CONTEXTS) {
                return None;
            }
            cursor.list(|cursor| cursor.self_describing(|schema, cursor| self.fill(SchemaKey::parse(schema)?, cursor)))
        })?;
        cursor.is_at_end().then_some(())
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
                    if !schema.starts_with(CONTEXTS) {
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

/// Reads contexts that are wrapped inside of a larger object.
pub(super) struct Wrapped<'c, 'a>(pub &'c mut Contexts<'a>);

impl<'de: 'a, 'a> DeserializeSeed<'de> for Wrapped<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        // Scala's SDK writes an empty object for none.
        match raw.as_bytes() {
            b"null" | b"{}" => Ok(()),
            _ => self.0.parse(raw).map_err(D::Error::custom),
        }
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
                    Some(key) => map.next_value_seed(DataOf { contexts: &mut *self.0, key })?,
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
struct DataOf<'c, 'k, 'a> {
    contexts: &'c mut Contexts<'a>,
    key: SchemaKey<'k>,
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for DataOf<'_, '_, 'a> {
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
        while list.next_element_seed(DataOf { contexts: &mut *self.contexts, key: self.key })?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::plain::alike;

    /// What programs write: Python's with spaces, Scala's without; every kind of value.
    const PLAIN: [&str; 5] = [
        r#"{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[{"schema":"iglu:com.dbt/run_model/jsonschema/1-1-0","data":{"invocation_id":"77fffe9e-6371-48f5-aad3-1063701947bc","index":1,"total":3,"execution_time":2.5674958738687303,"run_status":"SUCCESS","run_skipped":false,"run_error":false,"model_materialization":"view","model_incremental_strategy":null,"model_id":"8c3fe455c1ac39541894aee4003dfbdf","hashed_contents":"fdbfd3004eea49814593ca1c554ef3c8","timing":[{"name":"compile","started_at":"2026-10-01T11:56:16.056000Z","completed_at":"2026-10-01T11:56:16.056000Z"},{"name":"execute","started_at":"2026-10-01T11:56:16.056000Z","completed_at":"2026-10-01T11:56:18.623000Z"}],"language":"sql","has_group":false,"contract_enforced":false,"access":"protected","versioned":false,"adapter_info":{"adapter_name":"databricks","base_adapter_version":"1.24.5","adapter_version":"1.11.1","model_adapter_details":{}}}}]}"#,
        r#"{"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1", "data": [{"schema": "iglu:com.dbt/invocation/jsonschema/1-0-2", "data": {"progress": "end", "result_type": "ok", "result": null, "project_id": null, "user_id": "7f2c9a1e-0000-4000-8000-000000000012", "invocation_id": "340904c8-a5d0-4d64-a0dc-ea7c2fcb29be", "command": "run", "options": null, "version": "1.5.11", "run_type": "regular", "adapter_type": null, "adapter_unique_id": null}}, {"schema": "iglu:com.dbt/platform/jsonschema/1-0-0", "data": {"platform": "Linux-6.1", "python": "3.11.2", "python_version": "CPython"}}, {"schema": "iglu:com.dbt/invocation_env/jsonschema/1-0-0", "data": {"environment": "manual"}}]}"#,
        r#"{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[{"schema":"iglu:com.dbt/resource_counts/jsonschema/1-0-1","data":{"models":3,"tests":-1,"unit_tests":0}},{"schema":"iglu:com.dbt/deprecated_version_invocation/jsonschema/1-0-0","data":{}}]}"#,
        r#"{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[{"schema":"iglu:com.dbt/behavior_change_warn/jsonschema/1-0-0","data":{"data":{"flag_name":"a_flag","docs_url":null},"info":null}},{"schema":"iglu:com.dbt/partial_parser/jsonschema/1-0-0","data":{"full_reparse_reason":"version_mismatch","exception":null}},{"schema":"iglu:com.dbt/experimental_parser/jsonschema/1-0-0","data":{"status":["01","02"],"file_id":"x"}}]}"#,
        r#"{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[]}"#,
    ];

    /// What serde makes of contexts, where it makes anything.
    fn any(json: &str) -> Option<String> {
        let mut contexts = Contexts::default();
        contexts.parse_any(json).ok().map(|()| format!("{contexts:?}"))
    }

    fn plain(json: &str) -> Option<String> {
        let mut contexts = Contexts::default();
        contexts.parse_plain(json).map(|()| format!("{contexts:?}"))
    }

    #[test]
    fn what_is_read_in_one_go_is_what_serde_reads() {
        let pieces = ["\"data\":", "\"name\":\"compile\",", "\"index\":2,", ",\"versioned\":true"];
        alike::hold(&PLAIN, &pieces, plain, any);
        assert!(plain(PLAIN[0]).is_some_and(|read| read.contains("execute_seconds: Some(2.567)")));
    }

    #[test]
    fn what_was_read_before_stays() {
        let mut contexts = Contexts::default();
        for json in [PLAIN[1], PLAIN[0], "{}"] {
            let _ = contexts.parse(json);
        }
        assert!(contexts.platform.is_some() && matches!(contexts.primary, Some(Primary::RunModel(_))));
    }
}
