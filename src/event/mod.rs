//! What dbt tells us: one [`Envelope`] and one [`Payload`] for each kind of event.
//!
//! Values are normalized here and nowhere else. A field that must not be kept has no place in these
//! types; a field that must be linkable but not readable is an id of [`ids`]; a text that could be
//! anything is a word of a closed list ([`Word`]) or of a checked form ([`DbtVersion`], [`Platform`]).
//! Both generations of dbt come out as the same types.

mod calendar;
mod envelope;
pub mod ids;
mod invocation;
mod node;
mod package;
mod platform;
mod project;
mod rare;
mod schema_key;
mod time;
mod version;
mod vocabulary;

pub use calendar::{Day, Hour};
pub use envelope::{Envelope, TimeBasis, Times};
pub use invocation::{Adapter, Command, Country, Engine, Environment, Invocation, InvocationEnv, Progress, ResultType};
pub use node::{
    Access, CatalogType, IncrementalStrategy, Language, Materialization, NodeOutcome, NodeTiming, ResourceType,
    RunModel, RunStatus, SentStatus, SkipReason, TableFormat,
};
pub use package::{PackageInstall, PackageName, PackageSource};
pub use platform::{Arch, Libc, Os, Platform, Python, PythonImplementation};
pub use project::{
    AdapterInfo, LoadAllTiming, ProjectIdEvent, ResourceCounts, RunAdapterInfo, Runnable, StaticAnalysisInvocation,
    StaticAnalysisLevel, StaticAnalysisSource,
};
pub use rare::{
    ArtifactUpload, BehaviorChangeWarn, BehaviorFlag, Deprecation, DeprecationWarn, ExperimentalParser,
    FullReparseReason, HintType, HintView, Login, LoginErrorCode, LoginType, ManageState, ManageStateSource,
    Onboarding, OnboardingAction, OnboardingScreen, ParserStatus, PartialParser, PluginGetNodes, PluginName,
    RpcRequest, RpcTask,
};
pub use schema_key::SchemaKey;
pub use time::Timestamp;
pub use version::{DbtVersion, ReleaseVersion};
pub use vocabulary::Word;

/// One event, as one dbt process reported it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'a> {
    /// Ids and times.
    pub envelope: Envelope,
    /// What happened.
    pub payload: Payload<'a>,
}

/// What happened: one variant for each kind of event that dbt has a schema for.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "one lives on the stack at a time; a box for each would cost an allocation"
)]
pub enum Payload<'a> {
    /// A command started, ended, or could not start.
    Invocation(Invocation<'a>),
    /// Where the command runs (dbt 2; dbt 1 says so in the invocation event).
    InvocationEnv(InvocationEnv),
    /// Which project the command works on (dbt 1.5 and later).
    ProjectId(ProjectIdEvent),
    /// Which adapter it uses (dbt 1.5 and later, dbt 2).
    AdapterInfo(AdapterInfo),
    /// How long loading the project took.
    LoadAllTiming(LoadAllTiming),
    /// What the project holds.
    ResourceCounts(ResourceCounts),
    /// One node was executed.
    RunModel(RunModel<'a>),
    /// The adapter of one node run (dbt 2).
    RunAdapterInfo(RunAdapterInfo<'a>),
    /// How long compiling the graph or filling the adapter's cache took.
    Runnable(Runnable),
    /// One package was installed.
    PackageInstall(PackageInstall<'a>),
    /// Why a project was parsed from the start.
    PartialParser(PartialParser),
    /// A sample of what the static parser made of a model.
    ExperimentalParser(ExperimentalParser),
    /// A deprecated feature was used.
    DeprecationWarn(DeprecationWarn),
    /// A behaviour flag was left at its old value where it matters.
    BehaviorChangeWarn(BehaviorChangeWarn),
    /// An unsupported version of dbt was started.
    DeprecatedVersionInvocation,
    /// An RPC server was asked for something (dbt 0.14 to 0.21).
    RpcRequest(RpcRequest),
    /// A plug-in brought nodes.
    PluginGetNodes(PluginGetNodes),
    /// Artifacts were uploaded.
    ArtifactUpload(ArtifactUpload),
    /// A hint was shown.
    HintView(HintView),
    /// State management was switched on.
    ManageState(ManageState),
    /// A step of the onboarding flow (dbt 2).
    Onboarding(Onboarding),
    /// `dbt login` (dbt 2).
    Login(Login),
    /// How much of the project is analysed statically (dbt 2).
    StaticAnalysisInvocation(StaticAnalysisInvocation),
    /// The command runs in dbt's cloud (dbt 2); nothing but the fact is kept.
    CloudInvocation,
}
