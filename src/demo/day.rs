//! The dumps of one day: what was received on it, in the forms in which two collectors and dbt 2's service keep it, and
//! with the faults that such dumps have.

use std::path::Path;

use super::DemoError;
use super::dbt1::{self, Event};
use super::dbt2::{self, Message};
use super::dice::Dice;
use super::files::{Compression, Output};
use super::load::Load;
use super::plan::Plan;
use super::population::Collector;
use super::run::Run;
use super::snowplow::{self, Request};
use super::truth::{Told, Truth};
use super::vortex::{self, Batch};
use super::world::Engine;

/// How many hours an enriched file holds.
const WINDOW: u32 = 6;

/// How often a request is there twice.
const TWICE: f64 = 0.004;

/// How often something that cannot be read follows a run, and how often another application's event does.
const BROKEN: f64 = 0.0007;
const FOREIGN: f64 = 0.004;

/// Makes the dumps of the day of a number in a folder, and counts what is in them.
///
/// # Errors
///
/// A file cannot be written.
pub fn make(plan: &Plan, load: &Load<'_>, day: u32, folder: &Path) -> Result<Truth, DemoError> {
    let name = plan.day(day);
    let enriched =
        |window| Output::new(folder.join(format!("enriched/{name}/{:02}.tsv.gz", WINDOW * window)), Compression::Gzip);
    let mut writer = Writer {
        enriched: enriched(0),
        raw: Output::new(folder.join(format!("tracker/{name}.ndjson.zst")), Compression::Zstd),
        vortex: Output::new(folder.join(format!("vortex/{name}.binpb.gz")), Compression::Gzip),
        truth: Truth::default(),
    };
    for window in 0..24 / WINDOW {
        if window > 0 {
            std::mem::replace(&mut writer.enriched, enriched(window)).finish()?;
        }
        for hour in WINDOW * window..WINDOW * (window + 1) {
            let hour = 24 * day + hour;
            let dice = &mut Dice::of(plan.seed, "hour", hour.into());
            for _ in 0..load.runs(hour) {
                // The last seconds are for what is received a little later.
                let at = plan.begin() + i64::from(hour) * 3_600_000 + dice.between(0, 3_590_000);
                let (project, kind) = load.draw(hour, dice);
                writer.run(&Run::draw(project, kind, at, day, plan, dice), dice)?;
            }
        }
    }
    writer.enriched.finish()?;
    writer.raw.finish()?;
    writer.vortex.finish()?;
    Ok(writer.truth)
}

struct Writer {
    enriched: Output,
    raw: Output,
    vortex: Output,
    truth: Truth,
}

impl Writer {
    fn run(&mut self, run: &Run<'_>, dice: &mut Dice) -> Result<(), DemoError> {
        let told = match run.release.engine {
            Engine::One => self.one(run, dice)?,
            Engine::Two(_) => self.two(run, dice)?,
        };
        self.truth.run(run, &told);
        Ok(())
    }

    /// A run of dbt 1.
    fn one(&mut self, run: &Run<'_>, dice: &mut Dice) -> Result<Vec<Told>, DemoError> {
        let mut own = Dice::new(dice.word());
        let events = dbt1::events(run, &mut own);
        let mut told = Vec::with_capacity(events.len());
        for request in snowplow::requests(run, &events, dice) {
            self.request(run, &request, dice)?;
            told.extend(request.events.iter().map(|event| told_by_one(run, &request, event)));
        }
        Ok(told)
    }

    fn request(&mut self, run: &Run<'_>, request: &Request<'_, '_>, dice: &mut Dice) -> Result<(), DemoError> {
        let (events, is_twice) = (request.events.len() as u64, dice.happens(TWICE));
        let (is_broken, is_foreign) = (dice.happens(BROKEN), dice.happens(FOREIGN));
        match run.project.collector {
            Collector::Enriched => {
                self.count("enriched-tsv", events, is_twice);
                let lines = snowplow::enriched(request, run, 1_850);
                self.enriched.write(&lines)?;
                if is_twice {
                    // What enrichment reads again, it writes again.
                    self.enriched.write(&snowplow::enriched(request, run, 96_000))?;
                }
                if is_broken {
                    // A line that breaks off.
                    let first = lines.split(|byte| *byte == b'\n').next().unwrap_or_default();
                    self.enriched.write(&first[..first.len() / 2])?;
                    self.enriched.write(b"\n")?;
                    self.truth.dump("broken", 1);
                }
                if is_foreign {
                    self.enriched.write(&snowplow::page_view(request.received, dice))?;
                    self.truth.dump("foreign", 1);
                }
            }
            Collector::Raw => {
                self.count("payload-json", events, is_twice);
                let mut body = snowplow::body(request, run);
                body.push(b'\n');
                for _ in 0..=u8::from(is_twice) {
                    self.raw.write(&body)?;
                }
                if is_broken {
                    self.raw.write(&body[..body.len() * 2 / 3])?;
                    self.raw.write(b"\n")?;
                    self.truth.dump("broken", 1);
                }
            }
        }
        Ok(())
    }

    /// A run of dbt 2.
    fn two(&mut self, run: &Run<'_>, dice: &mut Dice) -> Result<Vec<Told>, DemoError> {
        let messages = dbt2::messages(run, dice);
        let mut told = Vec::with_capacity(messages.len());
        for batch in vortex::batches(run, &messages, dice) {
            let is_twice = dice.happens(TWICE);
            self.count("vortex", batch.messages.len() as u64, is_twice);
            self.vortex.write(&vortex::delimited(&vortex::body(&batch, 0, dice)))?;
            if is_twice {
                // Sent again, since the answer did not come.
                self.vortex.write(&vortex::delimited(&vortex::body(&batch, 1_400, dice)))?;
            }
            told.extend(batch.messages.iter().map(|message| told_by_two(&batch, message)));
        }
        if dice.happens(FOREIGN) {
            let body = vortex::site_opened(run.start + run.end, dice);
            self.vortex.write(&vortex::delimited(&body))?;
            self.truth.dump("foreign", 1);
        }
        if dice.happens(BROKEN) {
            // A field of a type that does not exist.
            self.vortex.write(&vortex::delimited(&[0xff; 24]))?;
            self.truth.dump("broken", 1);
        }
        Ok(told)
    }

    fn count(&mut self, form: &str, events: u64, is_twice: bool) {
        self.truth.dump(&format!("events.{form}"), events);
        if is_twice {
            self.truth.dump("duplicates", events);
        }
    }
}

fn told_by_one(run: &Run<'_>, request: &Request<'_, '_>, event: &Event<'_>) -> Told {
    let created = event.created + run.skew;
    Told {
        table: event.table,
        progress: (event.table == "invocation_events").then_some(match event.label {
            "start" => "start",
            "end" => "end",
            _ => "invalid",
        }),
        node: event.node,
        created,
        derived: match run.project.collector {
            Collector::Enriched => request.derived(event, run),
            // Nobody says when it was received: when it was sent stands in.
            Collector::Raw => created,
        },
        latency: request.sent - created,
    }
}

fn told_by_two(batch: &Batch<'_>, message: &Message) -> Told {
    Told {
        table: message.table,
        progress: message.progress,
        node: message.node,
        created: message.created,
        derived: message.created,
        latency: batch.sent - message.created,
    }
}
