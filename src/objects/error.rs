//! What a store says when something fails, for the person who must act on it.

use std::io;

use object_store::Error;
use object_store::client::HttpError;

/// The kind of error when an object is not any more the one that was opened.
pub const REPLACED: io::ErrorKind = io::ErrorKind::ResourceBusy;

/// The same as an error of the system's kind, in one line.
pub(super) fn io_error(error: &Error) -> io::Error {
    let text = with_cause(in_one_line(without_manner(&error.to_string())), error);
    let kind = match error {
        Error::NotFound { .. } => io::ErrorKind::NotFound,
        Error::AlreadyExists { .. } => io::ErrorKind::AlreadyExists,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => io::ErrorKind::PermissionDenied,
        Error::InvalidPath { .. } => io::ErrorKind::InvalidInput,
        Error::Precondition { .. } => REPLACED,
        // A list is refused as anything else is, but not called so.
        _ if ["status code: 401", "status code: 403"].iter().any(|status| text.contains(status)) => {
            io::ErrorKind::PermissionDenied
        }
        error if is_passing(error) => io::ErrorKind::ConnectionReset,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(
        kind,
        match kind {
            io::ErrorKind::NotFound => "there is no such object, or no such bucket".to_owned(),
            io::ErrorKind::PermissionDenied => {
                format!("the store does not allow it with these credentials: {text}")
            }
            REPLACED => "another object has taken its place meanwhile".to_owned(),
            _ => text,
        },
    )
}

/// Whether it may go better another time: a connection that broke, or a store that says so.
pub(super) fn is_passing(error: &Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<HttpError>() {
            return true;
        }
        cause = error.source();
    }
    let text = error.to_string();
    ["status code: 5", "status code: 429", "status code: 408"].iter().any(|status| text.contains(status))
}

/// The text without what the client says of itself.
fn without_manner(text: &str) -> &str {
    let text =
        text.strip_prefix("Generic ").and_then(|rest| rest.split_once(" error: ")).map_or(text, |(_, rest)| rest);
    text.strip_prefix("Error performing list request: ").unwrap_or(text)
}

/// The text with what lies deepest: the client names no more than the outermost cause.
fn with_cause(text: String, error: &Error) -> String {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut deepest = String::new();
    while let Some(error) = cause {
        deepest = error.to_string();
        cause = error.source();
    }
    // An answer of the store is in the text, in one line.
    let deepest = in_one_line(without_manner(&deepest));
    let is_told = text.contains(&deepest) || text.contains("status code");
    if is_told { text } else { format!("{text}: {deepest}") }
}

/// What a store answers, in XML, comes to its code and message. The rest is ours.
fn in_one_line(text: &str) -> String {
    let mut text = text.to_owned();
    // How often and how long it was tried is told; how often and how long it might have been is not.
    if let Some(start) = text.find(", max_retries: ")
        && let Some(length) = text[start..].find(" - ")
    {
        text.replace_range(start..start + length, "");
    }
    let Some(start) = text.find("<?xml").or_else(|| text.find("<Error>")) else {
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    };
    let (ours, answer) = text.split_at(start);
    let part = |name: &str| {
        let (_, rest) = answer.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0)
    };
    let said: Vec<&str> = [part("Code"), part("Message")].into_iter().flatten().collect();
    format!("{} {}", ours.trim_end(), said.join(": ")).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_code_and_message_are_told() {
        let answer = "status 403: <?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>No, sorry.</Message><HostId>x</HostId></Error>";
        assert_eq!(in_one_line(answer), "status 403: AccessDenied: No, sorry.");
        assert_eq!(in_one_line("status 500: <Error></Error>"), "status 500:");
        assert_eq!(in_one_line("two\n  lines"), "two lines");
        let tried = "Error performing GET x in 10s, after 34 retries, max_retries: 9, retry_timeout: 10s  - HTTP error";
        assert_eq!(in_one_line(tried), "Error performing GET x in 10s, after 34 retries - HTTP error");
    }

    #[test]
    fn the_deepest_cause_is_told() {
        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "Connection refused");
        let request = HttpError::new(object_store::client::HttpErrorKind::Connect, refused);
        let error = io_error(&Error::Generic { store: "S3", source: Box::new(request) });
        assert_eq!(error.to_string(), "HTTP error: Connection refused");
        let source = "Error performing list request: no".into();
        assert_eq!(io_error(&Error::Generic { store: "S3", source }).to_string(), "no");
    }

    #[test]
    fn what_is_not_there_is_told_apart() {
        let source = || "nothing".into();
        let kind = |error| io_error(&error).kind();
        assert_eq!(kind(Error::NotFound { path: String::new(), source: source() }), io::ErrorKind::NotFound);
        assert_eq!(kind(Error::Precondition { path: String::new(), source: source() }), REPLACED);
        assert_eq!(kind(Error::AlreadyExists { path: String::new(), source: source() }), io::ErrorKind::AlreadyExists);
        assert_eq!(kind(Error::Generic { store: "S3", source: source() }), io::ErrorKind::Other);
        let source = "Server returned non-2xx status code: 503 Service Unavailable".into();
        assert_eq!(kind(Error::Generic { store: "S3", source }), io::ErrorKind::ConnectionReset);
    }
}
