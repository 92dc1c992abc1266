//! What a store says when something fails, for the person who must act on it.

use std::io;

use object_store::Error;
use object_store::client::HttpError;

/// The kind of error when an object is not any more the one that was opened.
pub const REPLACED: io::ErrorKind = io::ErrorKind::ResourceBusy;

/// The same as an error of the system's kind, in one line.
pub(super) fn io_error(error: &Error) -> io::Error {
    let text = in_one_line(&error.to_string());
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

/// What a store answers, in XML, comes to its code and message. The rest is ours.
fn in_one_line(text: &str) -> String {
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
