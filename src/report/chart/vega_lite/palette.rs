//! Colours and shapes.

/// Colours of series on white. They differ in lightness too, and each has 3:1 against the ground (WCAG 1.4.11).
pub(super) const LIGHT: [&str; 8] =
    ["#0067a5", "#c75300", "#00805f", "#a8437f", "#3d8fc4", "#8a6d00", "#7a4fbf", "#5c4033"];

/// What is not known, on white.
pub(super) const LIGHT_UNKNOWN: &str = "#767676";

/// The colours on black that stand for those on white.
pub(in super::super::super) const DARK: [(&str, &str); 10] = [
    (LIGHT[0], "#5cb3e8"),
    (LIGHT[1], "#f09a56"),
    (LIGHT[2], "#3cc79e"),
    (LIGHT[3], "#e391c3"),
    (LIGHT[4], "#a5d3f2"),
    (LIGHT[5], "#e0c341"),
    (LIGHT[6], "#b9a0f2"),
    (LIGHT[7], "#d7b8a5"),
    (LIGHT_UNKNOWN, "#9a9a9a"),
    // Where the ground is dark, much has to be light.
    ("\"scheme\":\"blues\"", "\"scheme\":\"darkblue\""),
];

/// Shapes of points, so that series can be told apart without colour.
pub(super) const SHAPES: [&str; 8] =
    ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right", "triangle-left"];
