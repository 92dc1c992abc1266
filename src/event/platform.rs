//! Where dbt runs: Python's platform string reduced to operating system, architecture and C library,
//! and the Python context, whose two fields are named misleadingly (`python` is the version,
//! `python_version` the implementation). The raw texts hold kernel builds and are never kept.

use super::version::{ReleaseVersion, after_numbers, number};
use super::vocabulary::vocabulary;

vocabulary! {
    /// An operating system.
    Os { "linux", "macos" | "darwin", "windows" } else "other"
}

vocabulary! {
    /// A processor architecture.
    Arch { "x86_64" | "amd64", "arm64" | "aarch64", "x86" | "i386" | "i686" }
}

vocabulary! {
    /// An implementation of Python.
    PythonImplementation { "CPython" | "cpython", "PyPy" | "pypy", "GraalVM" | "graalvm" | "graalpy" } else "other"
}

/// What may be kept of a platform string such as `Linux-6.1.0-x86_64-with-glibc2.36`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Platform<'a> {
    /// The first word.
    pub os: Os,
    /// `14.5` (macOS), `10` (Windows), `6.1` (the Linux kernel).
    pub os_version: Option<&'a str>,
    /// From anywhere in the text.
    pub arch: Option<Arch>,
    /// The C library, Linux only: up to Python 3.8 the one that Python was built for, from 3.9 the one that is installed.
    pub libc: Option<Libc<'a>>,
}

/// A C library and its version, `glibc2.36`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Libc<'a> {
    /// Name and version as stated.
    pub text: &'a str,
}

impl<'a> Platform<'a> {
    /// Reads a platform string; `None` for an empty one.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut words = text.trim_ascii().split('-');
        let first = words.next()?;
        let os = Os::parse(first)?;
        let second = words.next().unwrap_or_default();
        // Darwin states the kernel's version, which is not the system's.
        let os_version = match first {
            "Linux" | "macOS" => two_numbers(second),
            "Windows" => number(second).filter(|(_, rest)| rest.is_empty()).map(|_| second),
            _ => None,
        };
        Some(Self { os, os_version, arch: arch(text), libc: libc(text) })
    }
}

/// The first `N.N` (or `N`) of a text.
fn two_numbers(text: &str) -> Option<&str> {
    let (_, after) = number(text)?;
    let rest = after.strip_prefix('.').and_then(number).map_or(after, |(_, rest)| rest);
    Some(&text[..text.len() - rest.len()])
}

/// The architecture anywhere in a platform string; on macOS a 64-bit one may be followed by a 32-bit one, so those are asked first.
fn arch(text: &str) -> Option<Arch> {
    ["x86_64", "amd64", "AMD64", "arm64", "aarch64", "i686", "i386"]
        .into_iter()
        .find(|name| text.contains(name))
        .and_then(Arch::parse)
}

/// `glibc2.36` or `musl`, with the version if there is one.
fn libc(text: &str) -> Option<Libc<'_>> {
    let start = ["glibc", "musl"].into_iter().find_map(|name| Some((text.find(name)?, name.len())))?;
    let named = &text[start.0..];
    let after = &named[start.1..];
    let version = after_numbers(after).map_or(0, |rest| after.len() - rest.len());
    Some(Libc { text: &named[..start.1 + version] })
}

/// What is kept of the interpreter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Python<'a> {
    /// `3.11`.
    pub minor: Option<&'a str>,
    /// `CPython`, `PyPy`, …
    pub implementation: Option<PythonImplementation>,
}

impl<'a> Python<'a> {
    /// From the fields `python` (the version) and `python_version` (the implementation) of the platform context.
    pub fn parse(python: &'a str, python_version: &'a str) -> Self {
        Self {
            minor: ReleaseVersion::parse(python).and_then(ReleaseVersion::minor_text),
            implementation: PythonImplementation::parse(python_version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Word;

    #[test]
    fn reduces_platform_strings() {
        for (text, os, version, architecture, library) in [
            ("Linux-5.15.0-1041-aws-x86_64-with-glibc2.31", "linux", Some("5.15"), Some("x86_64"), Some("glibc2.31")),
            (
                "Linux-6.1.0-18-cloud-amd64-x86_64-with-glibc2.36",
                "linux",
                Some("6.1"),
                Some("x86_64"),
                Some("glibc2.36"),
            ),
            ("Linux-6.6.31-r0-virt-x86_64-with-musl", "linux", Some("6.6"), Some("x86_64"), Some("musl")),
            ("Linux-6.6.31-aarch64-with-musl1.2.5", "linux", Some("6.6"), Some("arm64"), Some("musl1.2.5")),
            ("macOS-14.5-arm64-arm-64bit", "macos", Some("14.5"), Some("arm64"), None),
            ("macOS-13.6.1-x86_64-i386-64bit", "macos", Some("13.6"), Some("x86_64"), None),
            ("Darwin-19.6.0-x86_64-i386-64bit", "macos", None, Some("x86_64"), None),
            ("Windows-10-10.0.19045-SP0", "windows", Some("10"), None, None),
            ("Windows-2019Server-10.0.17763-SP0", "windows", None, None, None),
            ("AIX-2-00F84C0C4C00-powerpc", "other", None, None, None),
        ] {
            let platform = Platform::parse(text).expect(text);
            assert_eq!(platform.os.as_str(), os, "{text}");
            assert_eq!(platform.os_version, version, "{text}");
            assert_eq!(platform.arch.map(Word::as_str), architecture, "{text}");
            assert_eq!(platform.libc.map(|l| l.text), library, "{text}");
        }
        assert_eq!(Platform::parse(""), None);
        for address in ["Linux-6.1-x86_64-with-glibc203.0.113.9", "Linux-6.1-x86_64-with-glibc-203.0.113.9"] {
            assert_eq!(Platform::parse(address).and_then(|p| p.libc).map(|l| l.text), Some("glibc"), "{address}");
        }
    }

    #[test]
    fn the_two_fields_of_python_are_named_the_other_way_round() {
        let python = Python::parse("3.11.4", "CPython");
        assert_eq!(python.minor, Some("3.11"));
        assert_eq!(python.implementation.map(Word::as_str), Some("CPython"));
        assert_eq!(Python::parse("CPython", "3.11.4").minor, None);
    }
}
