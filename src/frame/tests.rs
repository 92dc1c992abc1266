//! What the head of this module says of every framing, for bytes that are arbitrary and bytes that are nearly right.

use arbtest::arbitrary::{Result, Unstructured};
use arbtest::arbtest;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::varint::encoded;
use super::{Frame, FrameError, Framing, Split};

type Item<'a> = std::result::Result<Frame<'a>, FrameError>;

const MARKER: &[u8] = b"\x29\xd8\xd5\x06\x58\xcd\x4c\x29\xb2\xbc\x57\x99\x21\x71\xbd\xff";

/// What dumps are made of: single bytes, and some together.
fn pieces(framing: Framing) -> (&'static [u8], &'static [&'static [u8]]) {
    match framing {
        Framing::Lines | Framing::Whole => (b"\r\na", &[b"\r\n"]),
        Framing::JsonArray => (b"{}[]\",:\n \\1", &[b"{}", b"\"a\":", b"{\"a\":[", b"]}", b"},\n{", b",\n{"]),
        Framing::LengthDelimited => (b"\0\x01\x02\x09\x80", &[b"\x81\x00", &[0xff; 3], &[0x80; 9]]),
        Framing::LengthPrefixed => (b"\0\x01\xff", &[b"\0\0\0\x01", b"\0\0\0\x05", b"\x01\x01", b"\0\0\0"]),
        Framing::ElephantBird => {
            (b"\0\x1ag", &[MARKER, MARKER, b"\x08\0\0\0", b"\x20\0\0\0", b"\x08\x01", b"\x1a\x03abc", b"\x1a\x14"])
        }
    }
}

fn dump(framing: Framing, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    if u.ratio(1, 8)? {
        return u.arbitrary();
    }
    let (bytes, together) = pieces(framing);
    let mut dump = Vec::new();
    for _ in 0..u.int_in_range(0..=40)? {
        if u.arbitrary()? {
            dump.push(*u.choose(bytes)?);
        } else {
            dump.extend_from_slice(u.choose(together)?);
        }
    }
    Ok(dump)
}

/// Where an item starts and ends.
fn range(item: &Item<'_>) -> (usize, usize) {
    let (offset, length) = match item {
        Ok(frame) => (frame.offset, frame.length),
        Err(error) => (error.offset(), error.length()),
    };
    (offset as usize, (offset + length) as usize)
}

/// The items of a dump that is read in two blocks, of which the second starts at `at`.
fn in_two(framing: Framing, dump: &[u8], at: usize, most: usize) -> Vec<Item<'_>> {
    let (first, second) = dump.split_at(at);
    let mut items: Vec<_> = framing.frames(first, 0, most).collect();
    match items.last_mut() {
        Some(Err(error)) if !error.next_can_be_found() => {
            *error = FrameError::NoLength { offset: error.offset(), length: dump.len() as u64 - error.offset() };
        }
        _ => items.extend(framing.frames(second, at as u64, most)),
    }
    items
}

/// Asserts that a dump is read the same wherever it is split, however much of it was seen.
pub(super) fn assert_splitting_changes_nothing(framing: Framing, dump: &[u8], most: usize) {
    let at_once: Vec<_> = framing.frames(dump, 0, most).collect();
    let mut last = 0;
    for size in 0..=dump.len() {
        match framing.split(&dump[..size]) {
            Split::At(at) if at != last => {
                assert!(0 < at && at <= size);
                assert_eq!(in_two(framing, dump, at, most), at_once, "{framing:?} at {at}: {}", dump.escape_ascii());
                last = at;
            }
            Split::At(_) | Split::More(None) => {}
            Split::More(Some(length)) => assert!(length > size as u64),
        }
    }
}

#[test]
fn splitting_changes_nothing() {
    for framing in Framing::ALL {
        arbtest(|u| {
            let dump = dump(framing, u)?;
            assert_splitting_changes_nothing(framing, &dump, u.int_in_range(0..=60)?);
            Ok(())
        })
        .budget_ms(200);
    }
}

#[test]
fn nothing_is_read_twice_and_nothing_is_lost_but_separators() {
    for framing in Framing::ALL {
        let separates: fn(&u8) -> bool = match framing {
            Framing::Lines => |byte| b"\r\n".contains(byte),
            Framing::JsonArray => |byte| b"[], \t\r\n".contains(byte),
            Framing::LengthDelimited | Framing::Whole => |_| false,
            Framing::LengthPrefixed => |byte| *byte == 1,
            // What is around the blobs of a block.
            Framing::ElephantBird => |_| true,
        };
        arbtest(|u| {
            let dump = dump(framing, u)?;
            let offset: u32 = u.arbitrary()?;
            let mut end = 0;
            for item in framing.frames(&dump, offset.into(), u.int_in_range(0..=60)?) {
                let (from, to) = range(&item);
                let (from, to) = (from - offset as usize, to - offset as usize);
                assert!(end <= from && from < to && to <= dump.len(), "{framing:?} {item:?}");
                assert!(dump[end..from].iter().all(separates), "{framing:?} {item:?}");
                if let Ok(frame) = item {
                    assert!(memchr::memmem::find(&dump[from..to], frame.bytes).is_some());
                }
                end = to;
            }
            assert!(dump[end..].iter().all(separates), "{framing:?}");
            Ok(())
        })
        .budget_ms(100);
    }
}

/// A dump of these records, as those write it who use the framing.
fn encode(framing: Framing, records: &[Vec<u8>], u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let delimited = |record: &Vec<u8>| [encoded(record.len() as u64), record.clone()].concat();
    let mut dump = Vec::new();
    match framing {
        Framing::LengthDelimited => dump.extend(records.iter().flat_map(delimited)),
        Framing::LengthPrefixed => {
            for record in records {
                dump.extend_from_slice(if u.arbitrary()? { b"\x01\x01" } else { b"" });
                dump.extend((record.len() as u32).to_be_bytes());
                dump.extend(record);
            }
        }
        Framing::ElephantBird => {
            for records in records.chunks(u.int_in_range(1..=5)?) {
                let mut message = b"\x08\x01\x12\x06byte[]".to_vec();
                message.extend(records.iter().flat_map(|record| [vec![0x1a], delimited(record)].concat()));
                dump.extend([MARKER, &(message.len() as u32).to_le_bytes(), &message].concat());
                dump.extend(vec![0; u.int_in_range(0..=3)?]);
            }
        }
        Framing::Lines | Framing::JsonArray | Framing::Whole => unreachable!("not every record can be framed"),
    }
    Ok(dump)
}

#[test]
fn what_is_framed_is_what_was_before() {
    for framing in [Framing::LengthDelimited, Framing::LengthPrefixed, Framing::ElephantBird] {
        arbtest(|u| {
            let mut records: Vec<Vec<u8>> = u.arbitrary()?;
            let dump = encode(framing, &records, u)?;
            records.retain(|record| framing != Framing::ElephantBird || !record.is_empty());
            let framed: std::result::Result<Vec<_>, _> = framing.frames(&dump, 0, usize::MAX).collect();
            let framed = framed.unwrap();
            assert_eq!(framed.iter().map(|frame| frame.bytes).collect::<Vec<_>>(), records, "{framing:?}");
            for frame in framed {
                let end = (frame.offset + frame.length) as usize;
                assert!(dump[frame.offset as usize..end].ends_with(frame.bytes));
            }
            Ok(())
        })
        .budget_ms(100);
    }
}

fn json(u: &mut Unstructured<'_>, depth: u32) -> Result<Value> {
    Ok(match u.int_in_range(0..=if depth > 4 { 3 } else { 9 })? {
        0 => Value::Null,
        1 => u.arbitrary::<i32>()?.into(),
        2 => u.arbitrary::<&str>()?.into(),
        3 => (*u.choose(&["[", "{\"", "\\", "\n", "}", ",\n{"])?).into(),
        4 | 5 => (0..u.int_in_range(0..=3)?).map(|_| json(u, depth + 1)).collect::<Result<Vec<_>>>()?.into(),
        _ => object(u, depth + 1)?,
    })
}

fn object(u: &mut Unstructured<'_>, depth: u32) -> Result<Value> {
    let members = 0..u.int_in_range(0..=3)?;
    let members = members.map(|key| Ok((format!("{key}{}", u.choose(&["", "{", "\""])?), json(u, depth)?)));
    Ok(Value::Object(members.collect::<Result<_>>()?))
}

fn laid_out(value: &Value, indent: &[u8]) -> String {
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(indent));
    serde::Serialize::serialize(value, &mut serializer).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn the_elements_of_an_array_are_found_however_it_is_laid_out() {
    arbtest(|u| {
        let elements: Vec<Value> = (0..u.int_in_range(0..=6)?).map(|_| json(u, 0)).collect::<Result<_>>()?;
        // An array in the array is opened up.
        let elements: Vec<Value> = elements.into_iter().filter(|element| !element.is_array()).collect();
        let texts: Vec<String> = elements.iter().map(Value::to_string).collect();
        let array = Value::Array(elements.clone());
        let lines = texts.join("\n,");
        let written = [&array.to_string(), &lines, &format!("[\n{}\n]\n[]", texts.join(",\n"))].map(String::from);
        let pretty = [&b""[..], b" ", b"  ", b"\t"].map(|indent| laid_out(&array, indent));
        for text in written.iter().chain(&pretty) {
            let found = Framing::JsonArray.frames(text.as_bytes(), 0, usize::MAX);
            let found = found.map(|frame| serde_json::from_slice::<Value>(frame.unwrap().bytes).expect(text));
            assert_eq!(found.collect::<Vec<_>>(), elements, "{text}");
        }
        Ok(())
    })
    .budget_ms(300);
}

#[test]
fn an_element_that_is_cut_off_does_not_take_the_others() {
    arbtest(|u| {
        let (whole, broken) = (object(u, 0)?.to_string(), object(u, 0)?.to_string());
        let end = (0..=u.choose_index(broken.len())?).rev().find(|end| broken.is_char_boundary(*end)).unwrap_or(0);
        let text = format!("[\n{whole},\n{},\n{whole},\n{whole}\n]", &broken[..end]);
        let found: Vec<_> = Framing::JsonArray.frames(text.as_bytes(), 0, usize::MAX).flatten().collect();
        let sound = found.iter().filter(|frame| frame.bytes == whole.as_bytes()).count();
        assert!(sound >= 3 && found.len() <= 4, "{text}");
        Ok(())
    })
    .budget_ms(100);
}

#[test]
fn an_empty_block_holds_nothing() {
    for framing in Framing::ALL {
        assert_eq!((framing.frames(b"", 0, 9).next(), framing.split(b"")), (None, Split::More(None)));
    }
}

#[test]
fn names_are_not_shared() {
    let mut names = Framing::ALL.map(Framing::as_str).to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Framing::ALL.len());
}
