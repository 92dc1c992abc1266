//! `rejects`: what was refused, why and where. The bytes themselves stay in the dump.

use super::column::{Bytes, CheckedForm, Digest, Name, Number, Position, names};
use super::spec::TableSpec;
use super::table::{Formats, Place, columns};
use crate::decode::{FailureFamily, Reason, Refusal};

/// Its name.
const NAME: &str = "rejects";

/// What the data dictionary says of it.
pub(super) fn spec() -> TableSpec {
    TableSpec::new::<RejectColumns>(NAME, "One refused record, or part of a dump that could not be read", 0)
}

/// One refused record, or part of a dump.
#[derive(Clone, Copy, Debug)]
pub struct Reject<'a> {
    /// Where it stands.
    pub place: Place<'a>,
    /// How many bytes of the decompressed dump it takes, if that is known.
    pub length: Option<u64>,
    /// Why.
    pub refusal: &'a Refusal,
}

columns! {
    /// The columns of the table.
    RejectColumns of &'r Reject<'r>, |reject| {
        /// The dump: the digest of its content
        #[from(none)]
        source: Digest = Some(reject.place.source);
        /// The form of the dump's records
        #[from(none)]
        source_form: Position<Name<DumpForms>> = Some(reject.place.source_form);
        /// Where it starts in the decompressed dump
        #[from(none)]
        source_offset: Position<Bytes> = i64::try_from(reject.place.offset).ok();
        /// How much of the decompressed dump it takes
        #[from(none)]
        source_length: Position<Bytes> = reject.length.and_then(|length| i64::try_from(length).ok());
        /// Which event of the record it is, from 0
        #[from(none)]
        source_item: Position<Number> = i32::try_from(reject.place.item).ok();
        /// Where on its path it was refused
        #[from(none)]
        stage: Name<Stages> = Some(reject.refusal.reason.stage().as_str());
        /// Why it was refused
        #[from(none)]
        reason: Name<Reasons> = Some(reject.refusal.reason.as_str());
        /// dbt's name for the schema that the reason is about
        #[from(dbt1 = "schema of a context", dbt2 = "env:any.type_url")]
        schema_key: CheckedForm = reject.refusal.schema.as_deref();
        /// Which part of the Snowplow pipeline had failed the event, where the record is of a failed one
        #[from(dbt1 = "schema of a bad row", dbt2 = none)]
        failure_family: Name<Families> = reject.refusal.family.map(|family| family.as_str());
    }
}

names! {
    /// The forms of dumps: those of records, and `unknown`.
    DumpForms = Formats::names().iter().copied().chain(["unknown"])
}
names! {
    /// The stages that refuse.
    Stages = Reason::ALL.iter().map(|reason| reason.stage().as_str())
}
names! {
    /// The reasons to refuse.
    Reasons = Reason::ALL.iter().map(|reason| reason.as_str())
}
names! {
    /// The families of failed events.
    Families = FailureFamily::ALL.iter().map(|family| family.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staging::SideTable;
    use crate::staging::table::Rows;

    #[test]
    fn a_row_takes_no_more_memory_than_it_needs() {
        let mut rows = Rows::<RejectColumns>::default();
        let place = Place { source: "d1", source_form: "vortex", offset: 0, item: 0 };
        rows.append(&Reject { place, length: Some(1), refusal: &Reason::NotJson.into() });
        let batch = rows.finish(SideTable::Rejects.schema()).expect("a row");
        // Values, offsets and what is null are 64 bytes each at least.
        let most = 512 * batch.num_columns();
        assert!(batch.get_array_memory_size() < most, "{} bytes", batch.get_array_memory_size());
    }
}
