//! What reading a dump may cost.
//!
//! Two limits are on what comes out of a decompressor, and the lower of them counts: so many bytes of
//! one dump, and so many bytes for each byte of its file. The second is what stops a decompression bomb
//! early. It is measured against the size of the whole file, not against the part that is read by then:
//! what a file costs does not depend on where in it the dense part lies, and each way of reading stops at
//! the same byte.

use crate::source::Damage;

/// Bytes that may come out of a dump however small its file: they harm nobody, and a short file of one
/// record a thousand times over may well be denser than a bomb.
const HARMLESS: u64 = 16 << 20;

/// What may come out of the decompressor of one dump. A plain dump has neither limit: it cannot grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputLimits {
    /// The most bytes of one dump.
    pub bytes: u64,
    /// The most bytes for each byte of the file; counts only for what comes after the first 16 MiB.
    pub ratio: u64,
}

/// What reading a dump by blocks may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What may come out of the decompressor.
    pub output: OutputLimits,
    /// The most bytes of one record, its terminator or length prefix included. A larger one is passed
    /// over without being held in memory.
    pub record: usize,
}

impl OutputLimits {
    /// What may come out of a file of this size, in bytes.
    pub(super) fn cap(self, file_size: u64) -> Cap {
        let dense = self.ratio.saturating_mul(file_size).max(HARMLESS);
        if dense < self.bytes {
            Cap { bytes: dense, ratio: Some(self.ratio) }
        } else {
            Cap { bytes: self.bytes, ratio: None }
        }
    }
}

/// The limit for one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cap {
    /// The most bytes that may come out.
    pub(super) bytes: u64,
    /// The ratio, where that is what gives the limit.
    ratio: Option<u64>,
}

impl Cap {
    /// The same, or a lower limit that has nothing to do with the ratio.
    pub(super) fn at_most(self, bytes: u64) -> Self {
        if self.bytes <= bytes { self } else { Self { bytes, ratio: None } }
    }

    /// The damage of a file of which more comes out.
    pub(super) fn exceeded(self, compressed_offset: u64) -> Damage {
        match self.ratio {
            Some(ratio) => Damage::TooDense { ratio, compressed_offset },
            None => Damage::TooLarge { limit: self.bytes, compressed_offset },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_limit_counts() {
        let cap = |bytes, ratio, file_size| OutputLimits { bytes, ratio }.cap(file_size);
        let dense = |bytes, ratio| Cap { bytes, ratio: Some(ratio) };
        let large = |bytes| Cap { bytes, ratio: None };
        assert_eq!(cap(1 << 30, 100, 1 << 20), dense(100 << 20, 100));
        assert_eq!(cap(1 << 30, 100, 1 << 30), large(1 << 30));
        assert_eq!(cap(100 << 20, 100, 1 << 20), large(100 << 20));
        assert_eq!(cap(u64::MAX, u64::MAX, 2), large(u64::MAX));
    }

    #[test]
    fn the_ratio_does_not_count_for_a_little_output() {
        let limits = OutputLimits { bytes: 1 << 30, ratio: 100 };
        assert_eq!(limits.cap(30), Cap { bytes: HARMLESS, ratio: Some(100) });
        assert_eq!(OutputLimits { bytes: 1000, ..limits }.cap(30), Cap { bytes: 1000, ratio: None });
    }

    #[test]
    fn a_lower_limit_forgets_the_ratio() {
        let cap = OutputLimits { bytes: 1 << 30, ratio: 100 }.cap(1 << 20);
        assert_eq!(cap.at_most(100 << 20), cap);
        assert_eq!(cap.at_most(1000).exceeded(7), Damage::TooLarge { limit: 1000, compressed_offset: 7 });
        assert_eq!(cap.exceeded(7), Damage::TooDense { ratio: 100, compressed_offset: 7 });
    }
}
