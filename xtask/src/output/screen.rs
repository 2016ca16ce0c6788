//! The layout of the dashboard.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Block, Chart, Dataset, Gauge, GraphType, Paragraph, Wrap};
use zunder::eval::EpochRecord;

use super::dashboard::State;
use crate::format::{duration, percent, thousands};

/// Two colours that also differ in brightness, for colour-blind users.
const TRAIN: Color = Color::LightBlue;
const VALIDATION: Color = Color::Yellow;

pub fn draw(frame: &mut Frame, state: &State) {
    let message = message(state);
    // A warning may have several sentences.
    let lines =
        (message.len() as u16).div_ceil(frame.area().width.saturating_sub(8).max(1)).clamp(1, 5);
    let heights = [
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Length(3),
        Constraint::Min(6),
        Constraint::Length(lines),
    ];
    let [title, gauges, figures, charts, keys] = Layout::vertical(heights).areas(frame.area());
    frame.render_widget(Line::from(format!(" Zunder · {}", state.title)).bold(), title);
    draw_gauges(frame, gauges, state);
    frame.render_widget(Paragraph::new(figures_of(state)), figures);
    let [left, right] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(charts);
    draw_chart(frame, left, "loss", state, |r| r.train_loss, |r| r.validation_loss);
    draw_chart(
        frame,
        right,
        "accuracy %",
        state,
        |r| 100.0 * r.train_accuracy,
        |r| 100.0 * r.validation_accuracy,
    );
    frame.render_widget(Paragraph::new(message).wrap(Wrap { trim: false }).dim(), keys);
}

/// Returns the line at the bottom.
fn message(state: &State) -> String {
    match (state.testing, state.stopping, &state.notice) {
        (true, ..) => " testing the best epoch ...".to_owned(),
        (_, true, _) => " stopping after this step ...".to_owned(),
        (.., Some(notice)) => format!(" {notice}"),
        _ => " Ctrl-C or q: stop (the run can be resumed from its last finished epoch)".to_owned(),
    }
}

fn draw_gauges(frame: &mut Frame, area: Rect, state: &State) {
    let [all, epoch] = Layout::vertical([Constraint::Length(1), Constraint::Length(1)]).areas(area);
    let within = state
        .step
        .map_or(0.0, |s| if s.epoch > done(state) { s.step as f64 / s.steps as f64 } else { 0.0 });
    let epochs = done(state) as f64 + within;
    let ratio = |x: f64| x.clamp(0.0, 1.0);
    let label = format!(
        "epoch {}/{}, {} left",
        (done(state) + 1).min(state.epochs),
        state.epochs,
        left(state, epochs)
    );
    frame.render_widget(
        Gauge::default()
            .gauge_style(TRAIN)
            .ratio(ratio(epochs / state.epochs.max(1) as f64))
            .label(label),
        all,
    );
    let label = state.step.map_or_else(String::new, |s| format!("step {}/{}", s.step, s.steps));
    frame.render_widget(
        Gauge::default().gauge_style(Color::DarkGray).ratio(ratio(within)).label(label),
        epoch,
    );
}

/// Returns the number of finished epochs, including those before a resume.
fn done(state: &State) -> usize {
    state.epochs_before + state.records.len()
}

fn left(state: &State, epochs: f64) -> String {
    let here = epochs - state.epochs_before as f64;
    if here < 0.05 {
        return "?".to_owned();
    }
    let seconds =
        state.started.elapsed().as_secs_f64() / here * (state.epochs as f64 - epochs).max(0.0);
    duration(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

fn figures_of(state: &State) -> Vec<Line<'static>> {
    let now = state.step.map_or_else(
        || " starting ...".to_owned(),
        |s| {
            format!(
                " now    loss {:.4}  accuracy {}  rate {:.2e}",
                s.loss,
                percent(s.accuracy),
                s.learning_rate
            )
        },
    );
    let figures = |r: &EpochRecord| {
        format!(
            "epoch {}: train {:.4} {}  validation {:.4} {}{}  {} images/s",
            r.epoch,
            r.train_loss,
            percent(r.train_accuracy),
            r.validation_loss,
            percent(r.validation_accuracy),
            state.mark,
            thousands(r.images_per_second as u64)
        )
    };
    let last = state.records.last().map_or_else(String::new, |r| format!(" last   {}", figures(r)));
    let best = state.best.as_ref().map_or_else(String::new, |r| format!(" best   {}", figures(r)));
    vec![Line::from(now), Line::from(last), Line::from(best)]
}

fn draw_chart(
    frame: &mut Frame,
    area: Rect,
    name: &str,
    state: &State,
    train: impl Fn(&EpochRecord) -> f64,
    validation: impl Fn(&EpochRecord) -> f64,
) {
    let points = |f: &dyn Fn(&EpochRecord) -> f64| -> Vec<(f64, f64)> {
        state
            .records
            .iter()
            .map(|r| (r.epoch as f64, f(r)))
            .filter(|(_, y)| y.is_finite())
            .collect()
    };
    let (train, validation) = (points(&train), points(&validation));
    let ys = || train.iter().chain(&validation).map(|(_, y)| *y);
    let (low, high) = (ys().fold(f64::INFINITY, f64::min), ys().fold(f64::NEG_INFINITY, f64::max));
    let (low, high) = if low.is_finite() { (low, high.max(low + 1e-6)) } else { (0.0, 1.0) };
    let curve = |name: &'static str, colour, data| {
        Dataset::default()
            .name(name)
            .marker(Marker::Braille)
            .graph_type(GraphType::Line)
            .style(Style::new().fg(colour))
            .data(data)
    };
    let digits = usize::from(high < 10.0) * 2;
    let y_labels = [low, f64::midpoint(low, high), high].map(|y| format!("{y:.digits$}"));
    let (first, last) = (state.records.first().map_or(1, |r| r.epoch), state.epochs.max(2));
    let chart = Chart::new(vec![
        curve("train", TRAIN, &train),
        curve("validation", VALIDATION, &validation),
    ])
    .block(Block::bordered().title(format!(" {name} by epoch ")))
    .x_axis(
        Axis::default()
            .bounds([first as f64, last as f64])
            .labels([first.to_string(), last.to_string()]),
    )
    .y_axis(Axis::default().bounds([low, high]).labels(y_labels));
    frame.render_widget(chart, area);
}
