//! lzop: the container by our own code ([`parts`]), what is in its blocks (LZO1X) by lzokay.
//!
//! A block is decoded when all of it is there and handed out only if it is sound. That holds a block in
//! memory twice, as it is in the file and decompressed: 256 KiB as `lzop` and the Snowplow S3 loader write
//! it, 64 MiB at most.

mod parts;

use parts::{Flags, Stop};

use super::{After, Step, Waiting};

/// The decompressor of lzop files, one after the other.
pub(in crate::source) struct Lzop {
    part: Part,
    /// What was read of the part, and how many bytes of it are needed to go on.
    gathered: Vec<u8>,
    needed: usize,
    block: Waiting,
}

/// What is read next.
enum Part {
    Header,
    Block(Flags),
}

impl Lzop {
    pub(super) fn new() -> Self {
        Self { part: Part::Header, gathered: Vec::new(), needed: 1, block: Waiting::default() }
    }

    pub(super) fn restart(&mut self) {
        self.begin(Part::Header);
    }

    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        if !self.block.is_empty() {
            return Step { read: 0, written: self.block.give(out), result: Ok(After::Inside) };
        }
        // What is gathered grows with what is there, not with what is stated.
        let read = (self.needed - self.gathered.len()).min(input.len());
        self.gathered.extend_from_slice(&input[..read]);
        let result = if self.gathered.len() < self.needed { Ok(After::Inside) } else { self.finish_part() };
        Step { read, written: 0, result }
    }

    /// Takes in the part that was gathered, or finds that more of it is needed.
    fn finish_part(&mut self) -> Result<After, String> {
        let taken = match self.part {
            Part::Header => parts::header(&self.gathered).map(|flags| (After::Inside, Part::Block(flags))),
            Part::Block(flags) => parts::block(&self.gathered, flags).and_then(|block| match block {
                Some(block) => {
                    block.decode(&mut self.block.bytes)?;
                    self.block.given = 0;
                    Ok((After::Inside, Part::Block(flags)))
                }
                None => Ok((After::MemberEnd, Part::Header)),
            }),
        };
        match taken {
            Ok((after, next)) => {
                self.begin(next);
                Ok(after)
            }
            Err(Stop::More(needed)) => {
                self.needed = needed;
                Ok(After::Inside)
            }
            Err(Stop::Invalid(reason)) => Err(reason.to_owned()),
        }
    }

    fn begin(&mut self, part: Part) {
        self.part = part;
        self.gathered.clear();
        self.needed = 1;
    }
}

#[cfg(test)]
mod tests;
