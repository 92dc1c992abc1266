use super::*;

/// An element in which any place may be the last that was written.
const WHOLE: &str = r#"{"a":[{"b":[1,"x\\"],"c":{"d":null}},{"e":{}},[[2],3]],"f":{"g":"h"}}"#;

fn elements(block: &[u8]) -> Vec<&str> {
    JsonArray::new(block, 0).map(|frame| std::str::from_utf8(frame.bytes).unwrap()).collect()
}

#[test]
fn elements_have_their_offset_and_length() {
    let block = br#"[{"a": [1, {}]}, {"b":"}]"},"#;
    let frames: Vec<_> = JsonArray::new(block, 100).collect();
    assert_eq!(frames[0], Frame { offset: 101, bytes: br#"{"a": [1, {}]}"#, length: 14 });
    assert_eq!(frames[1], Frame { offset: 117, bytes: br#"{"b":"}]"}"#, length: 10 });
    assert_eq!(frames.len(), 2);
}

#[test]
fn several_arrays_and_arrays_in_them_are_one_sequence() {
    assert_eq!(elements(b"[{},{}]\n[]\r\n[{}]"), ["{}"; 3]);
    assert_eq!(elements(b"[[{}],[{}, {}]]"), ["{}"; 3]);
    assert_eq!(elements(b"{}\n{}{}"), ["{}"; 3]);
    assert_eq!(elements(b"{\n}\n\t{\n}"), ["{\n}"; 2]);
    assert_eq!(elements(b" [ ] ,\r\n\t"), [""; 0]);
}

#[test]
fn what_is_no_object_is_an_element_too() {
    let block = br#"[1, -2.5e3,null,"te,x[t", "\"", {} ,true]"#;
    assert_eq!(elements(block), ["1", "-2.5e3", "null", r#""te,x[t""#, r#""\"""#, "{}", "true"]);
    assert_eq!(elements(b"}garbage{}:\"\""), ["}garbage", "{}", ":\"\""]);
    assert_eq!(elements(b"\"a b\"c, \"d\ne\", \"f g"), ["\"a", "b\"c", "\"d", "e\"", "\"f", "g"]);
}

#[test]
fn texts_are_followed() {
    for element in [r#"{"a\"}":"\\"}"#, r#"{"{[":"\\\"}"}"#, r#"{"\\":{"\"":"]"}}"#, r#"{"a":"\u005c"}"#] {
        assert_eq!(elements(format!("[{element},{element}]").as_bytes()), [element; 2]);
    }
}

#[test]
fn an_element_without_end_is_handed_over() {
    assert_eq!(elements(b"[{},{\"a\":[1,2"), ["{}", "{\"a\":[1,2"]);
    assert_eq!(elements(b"[{},{\"a\":\"}"), ["{}", "{\"a\":\"}"]);
    assert_eq!(elements(b"[{\"a\\"), ["{\"a\\"]);
    assert_eq!(elements(b"[nul"), ["nul"]);
    assert_eq!(elements(b"[{\n  "), ["{"]);
}

#[test]
fn one_that_is_cut_off_in_its_line_does_not_take_the_others() {
    for separator in [",\n", "\n,", "\r\n,", ",\n\n", "\n"] {
        for end in 0..WHOLE.len() {
            let broken = &WHOLE[..end];
            let lines = [WHOLE, broken, WHOLE, WHOLE].join(separator);
            let block = format!("[{lines}\n]\n[\n{WHOLE}]");
            let found = elements(block.as_bytes());
            let sound = found.iter().filter(|element| **element == WHOLE).count();
            // A value may stand in the next line.
            let taken = separator == "\n" && broken.ends_with(':');
            assert_eq!(sound, 4 - usize::from(taken), "cut off after {broken}{separator:?}: {found:#?}");
            assert!(found.len() <= 5, "{found:#?}");
        }
    }
}

#[test]
fn brackets_that_are_not_closed_are_noticed_in_one_line_too() {
    for broken in [r#"{"a":{"b":1}"#, r#"{"a":"b""#, r#"{"a":[1,{"b":"c""#, r#"{"a":[{"b":2}],"c":3"#, "{"] {
        let block = format!("[{broken}, {WHOLE},{broken}, [{WHOLE}]]");
        assert_eq!(elements(block.as_bytes()), [broken, WHOLE, broken, WHOLE]);
    }
}

#[test]
fn a_line_that_ends_in_a_text_ends_the_element_where_another_begins() {
    assert_eq!(elements(b"[{\"a\":\"b\nc\"}\n,{},{}]"), ["{\"a\":\"b\nc\"}", "{}", "{}"]);
    assert_eq!(elements(b"[{\"a\":\"b\\\n]\n[\n{},{}]"), ["{\"a\":\"b\\", "{}", "{}"]);
    assert_eq!(elements(b"[\n  {\n    \"a\": \"\n\"\n  },\n  {}\n]"), ["{\n    \"a\": \"\n\"\n  }", "{}"]);
    assert_eq!(elements(b"[{\"a\":\"b\n]\n"), ["{\"a\":\"b"]);
    assert_eq!(elements(b"[{\"a\":\"b\n],c\n"), ["{\"a\":\"b\n],c"]);
}

#[test]
fn brackets_too_many_are_elements_of_their_own() {
    assert_eq!(elements(br#"[{"a":1}},{"b":2}]}{}"#), [r#"{"a":1}"#, "}", r#"{"b":2}"#, "}", "{}"]);
}

#[test]
fn from_the_middle_of_an_element_the_next_is_found() {
    for start in 1..WHOLE.len() {
        let block = format!("{}, {WHOLE}, {WHOLE}]", &WHOLE[start..]);
        assert!(elements(block.as_bytes()).ends_with(&[WHOLE; 2]), "from {block}");
    }
    assert_eq!(elements(br#"[{}",{"a":"b c"},{}]"#), ["{}", "\"", r#"{"a":"b c"}"#, "{}"]);
    assert_eq!(elements(br#"[{}","{"a":"b c"},{}]"#), ["{}", r#"",""#, r#"{"a":"b c"}"#, "{}"]);
}

#[test]
fn a_line_may_begin_with_an_inner_object() {
    for json in [
        "{\n\"a\": [\n{\n\"b\": 1\n},\n{\n}\n]\n}",     // Python, indent=0
        "{\"a\":[{\"b\":1}, \n {\"b\":2}, \n {}]}",     // PostgreSQL, json_agg
        "{\"a\":\n{\"b\":\n[[\n[],\n[]\n]]}}",          // an object, and arrays
        "{\n  \"a\": [\n    {},\n    {\n    }\n  ]\n}", // anybody
    ] {
        assert_eq!(elements(format!("[{json},\n{json}, \n {json}\n]").as_bytes()), [json; 3]);
    }
    // What is laid out by hand may be taken for broken.
    assert_eq!(elements(b"[{\"a\":[\n{}\n]}]"), ["{\"a\":[", "{}", "}"]);
}

#[test]
fn brackets_beyond_those_that_are_known_are_followed() {
    let deep = format!("{}1{}", "{\"a\":[".repeat(1000), "]}".repeat(1000));
    assert_eq!(elements(format!("[{deep},{deep}]").as_bytes()), [&deep; 2]);
}

#[test]
fn whole_elements_end_where_the_first_is_cut_off() {
    let block = b"[\n{\"a\":1},\n [2, {\"b\":\"}\"} ]\n]\n";
    let at = |end: usize| split(&block[..end]);
    assert_eq!(at(block.len()), Split::At(block.len()));
    assert_eq!((at(0), at(1), at(2)), (Split::More(None), Split::At(1), Split::At(2)));
    // What separates elements is not part of the next, which may not be whole.
    assert_eq!((at(3), at(8)), (Split::At(2), Split::At(2)));
    assert_eq!((split(b"{"), split(b"{\"a\":1")), (Split::More(None), Split::More(None)));
    assert_eq!((at(9), at(10), at(12)), (Split::At(9), Split::At(10), Split::At(12)));
    // A number may go on.
    assert_eq!((at(14), at(15)), (Split::At(13), Split::At(15)));
    assert_eq!(
        (split(b"\"a\""), split(b"\"a\","), split(b"\"a")),
        (Split::More(None), Split::At(4), Split::More(None))
    );
    assert_eq!((at(16), at(20), at(25)), (Split::At(16), Split::At(16), Split::At(25)));
}
