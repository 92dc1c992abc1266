// What the page draws charts with: Vega's runtime, the compiler of Vega-Lite, and the interpreter of expressions, which
// needs no `eval`, so that the page's policy can forbid it.
import { parse, View } from "vega";
import { compile } from "vega-lite";
import { expressionInterpreter } from "vega-interpreter";

window.vega = { compile, parse, View, expressionInterpreter };
