//! `package_install_events`

use super::table::{table, word};
use crate::event::PackageInstall;

table! {
    /// One package installed
    PackageInstallEvents = "package_install_events" of PackageInstall<'r>, |event| {
        package_source: Text = word(event.source), "hub, git, local, tarball or private";
        package_name: Text = word(event.name), "Name without organisation, packages of the public hub only";
        package_id: Text = event.package_id.as_ref().map(|id| id.as_str()), "Pseudonym of the MD5 of the package's name or place";
        package_version: Text = event.version.map(|v| v.text), "Version, packages of the public hub only";
        project_id: Text = event.project_id.as_ref().map(|id| id.as_str()), "Pseudonym of dbt's MD5 of the name of the project that installs";
    }
}
