//! Base64 as it arrives: url-safe or standard, padded or not, with plus signs that a query string made spaces.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::refusal::Reason;

/// Url-safe, padded or not, and without complaint about bits that do not matter.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes a text into a buffer, whose content is replaced.
pub(super) fn decode<'b>(encoded: &str, buffer: &'b mut Vec<u8>) -> Result<&'b [u8], Reason> {
    buffer.clear();
    if URL_SAFE.decode_vec(encoded, buffer).is_err() {
        // The other alphabet, or a plus sign that a query string made a space: rare, so tried second.
        buffer.clear();
        let url_safe: String = encoded
            .chars()
            .map(|c| match c {
                '+' | ' ' => '-',
                '/' => '_',
                other => other,
            })
            .collect();
        URL_SAFE.decode_vec(url_safe, buffer).map_err(|_| Reason::NotBase64)?;
    }
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_with_and_without_padding() {
        let mut buffer = b"before".to_vec();
        for text in ["--__YQ==", "++//YQ==", "  //YQ", "--__YQ"] {
            assert_eq!(decode(text, &mut buffer), Ok(&b"\xfb\xef\xff\x61"[..]), "{text}");
        }
        assert_eq!(decode("", &mut buffer), Ok(&b""[..]));
        assert_eq!(decode("!!", &mut buffer), Err(Reason::NotBase64));
        assert_eq!(decode("é", &mut buffer), Err(Reason::NotBase64));
    }
}
