//! `package_install_events`

use super::column::{CheckedForm, ClosedList, Pseudonym};
use super::table::table;
use crate::event::ids::{PackageId, ProjectId};
use crate::event::{PackageInstall, PackageName, PackageSource};

table! {
    /// One package installed
    PackageInstallEvents = "package_install_events" of PackageInstall<'r>, |event| {
        /// Where the package comes from
        #[from(dbt1 = "package_install.source", dbt2 = "PackageInstall.source")]
        package_source: ClosedList<PackageSource> = event.source;
        /// Its name without organisation, where it is one of the public hub
        #[from(dbt1 = "package_install.name", dbt2 = "PackageInstall.name")]
        package_name: ClosedList<PackageName> = event.name;
        /// The package: the MD5 of its name or place; dbt 1 names a hub's package with its organisation, dbt 2 without
        #[from(dbt1 = "package_install.name", dbt2 = "PackageInstall.name")]
        package_id: Pseudonym<PackageId> = event.package_id;
        /// Its version, where the name is kept
        #[from(dbt1 = "package_install.version", dbt2 = "PackageInstall.version")]
        package_version: CheckedForm = event.version.map(|v| v.text);
        /// The project that installs: dbt's MD5 of its name
        #[from(dbt1 = "invocation.project_id", dbt2 = none)]
        project_id: Pseudonym<ProjectId> = event.project_id;
    }
}
