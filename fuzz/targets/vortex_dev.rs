#![no_main]
//! One record of [`Format::VortexDev`]: the laws of [`laws`] hold.

use libfuzzer_sys::fuzz_target;
use usage_report_fuzz::decode::Format;
use usage_report_fuzz::laws;

fuzz_target!(|record: &[u8]| {
    laws::check(Format::VortexDev, record);
});
