//! The tabs of a line.

/// Every byte of a word a tab.
const TABS: u64 = u64::from_le_bytes([b'\t'; WORD]);
/// All bits but the highest of every byte of a word.
const LOW: u64 = u64::from_le_bytes([0x7f; WORD]);
/// The bytes of a word.
const WORD: usize = size_of::<u64>();

/// After so many words without a tab a long cell is jumped over.
const LONG: usize = 4;

/// The places of the tabs of a line, in order.
///
/// Most cells of an enriched event are empty or short, and one is most of the line. A search that is made for long
/// distances begins anew after each tab: it takes three times as long as this, which looks at a word of eight bytes at once,
/// and leaves the long cell to it.
pub(super) struct Tabs<'a> {
    bytes: &'a [u8],
    /// Where the next word begins.
    next: usize,
    /// The highest bit of each byte of the last word that is a tab and was not told yet.
    found: u64,
}

impl<'a> Tabs<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0, found: 0 }
    }

    /// The tabs of the next word; `None` at the end of the line.
    fn word(&mut self) -> Option<u64> {
        let rest = self.bytes.get(self.next..).filter(|rest| !rest.is_empty())?;
        let word = match rest.first_chunk() {
            Some(word) => u64::from_le_bytes(*word),
            None => {
                let mut word = [0; WORD];
                word[..rest.len()].copy_from_slice(rest);
                u64::from_le_bytes(word)
            }
        };
        self.next += WORD;
        // A byte of `other` is zero where there is a tab; adding carries into the highest bit of every other one.
        let other = word ^ TABS;
        Some(!(((other & LOW) + LOW) | other | LOW))
    }
}

impl Iterator for Tabs<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let mut words = 0;
        while self.found == 0 {
            if words == LONG {
                self.next += memchr::memchr(b'\t', self.bytes.get(self.next..)?)?;
                words = 0;
            }
            self.found = self.word()?;
            words += 1;
        }
        let byte = self.found.trailing_zeros() as usize / WORD;
        self.found &= self.found - 1;
        Some(self.next - WORD + byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tab_is_found_and_nothing_else() {
        arbtest::arbtest(|bytes| {
            let length = bytes.arbitrary_len::<u8>()?;
            let mut line = bytes.bytes(length)?.to_vec();
            // Many tabs, long cells and bytes that differ from a tab in one bit.
            for byte in &mut line {
                *byte = match *byte {
                    0..=99 => b'\t',
                    100..=199 => b'a',
                    200..=220 => b'\t' ^ 0x80,
                    221..=240 => b'\t' ^ 1,
                    other => other,
                };
            }
            for line in [line.clone(), line.repeat(3), [line.clone(), vec![b'x'; 100], line].concat()] {
                assert_eq!(Tabs::of(&line).collect::<Vec<_>>(), memchr::memchr_iter(b'\t', &line).collect::<Vec<_>>());
            }
            Ok(())
        });
        for length in 0..70 {
            let line = [vec![b' '; length], vec![b'\t'], vec![b' '; 7]].concat();
            assert_eq!(Tabs::of(&line).collect::<Vec<_>>(), [length]);
        }
    }
}
