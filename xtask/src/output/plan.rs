//! The plan of a training, before its first step.

use zunder::eval::LEAKAGE_MARK;
use zunder::models::{LayerSummary, Precision};
use zunder::{AdapterKind, ModelKind, Plan, Transfer};

use crate::format::{percent, thousands};
use crate::output::{heartbeat, schedule};

/// Prints what the user must know about the data, for commands that do not print the plan.
pub fn print_notes(plan: &Plan) {
    if let Some(note) = &plan.note {
        complain!("note: {note}");
    }
    if let Some(leakage) = &plan.leakage {
        complain!("note: {leakage}");
    }
    for remark in plan.remarks.iter().filter(|remark| remark.starts_with("left out: ")) {
        complain!("note: {remark}");
    }
}

/// Prints data, model, cost and device, before the first step.
pub fn print(plan: &Plan) {
    heartbeat::work_on(None);
    if let Some(note) = &plan.note {
        say!("note: {note}");
        say!("");
    }
    let sizes =
        [plan.train_images, plan.validation_images, plan.test_images].map(|n| thousands(n as u64));
    say!(
        "data    {}: {} training, {} validation, {} test images of {}, {} classes",
        plan.dataset,
        sizes[0],
        sizes[1],
        sizes[2],
        plan.shape,
        plan.classes.len()
    );
    if let Some(positive) = &plan.positive {
        say!("        binary: {} (positive: {positive})", plan.classes.join(" and "));
    }
    for remark in &plan.remarks {
        say!("        {remark}");
    }
    if let Some(leakage) = &plan.leakage {
        say!("        {LEAKAGE_MARK} {leakage}");
    }
    let layers = plan.summary.layers();
    let depth = if plan.summary.is_deep() { ", deep" } else { "" };
    say!(
        "model   {}: {} layer{}{depth}, {} parameters",
        plan.config.model.kind().name(),
        layers.len(),
        if layers.len() == 1 { "" } else { "s" },
        thousands(plan.summary.parameters() as u64)
    );
    let [name_width, width] = [|l: &LayerSummary| l.name.len(), |l: &LayerSummary| l.kind.len()]
        .map(|len| layers.iter().map(len).max().unwrap_or(0));
    for layer in layers {
        say!(
            "        {:<name_width$} {:>5} -> {:<5} {:<width$} {:>11}",
            layer.name,
            layer.inputs,
            layer.outputs,
            layer.kind,
            thousands(layer.parameters as u64)
        );
    }
    let config = &plan.config;
    say!(
        "train   {} of {} of {} images, {}, {} (rate {}){}, {} schedule, seed {}",
        counted(config.epochs, "epoch"),
        counted(plan.steps, "step"),
        images(plan),
        config.loss.name(),
        config.optimizer.name(),
        config.optimizer.lr(),
        extras(plan),
        config.schedule.name(),
        config.seed
    );
    schedule::print(plan);
    say!("augment {}", augmentation(plan));
    if config.pool > 1 {
        let (pool, shape) = (config.pool, plan.shape);
        let (height, width) = (shape.height / pool, shape.width / pool);
        say!("pool    the network sees {height}x{width}: the means of {pool}x{pool} pixels");
    }
    let is_linear = config.model.kind() == ModelKind::Linear;
    if config.init_window < 1.0 && config.init_from.is_none() && !is_linear {
        say!(
            "start   the weights of each unit of the first layer in a random window, {} of the \
             image's side",
            config.init_window
        );
    }
    if config.tta.views() > 1 {
        say!(
            "tta     {}: the mean of {} views; the test costs {:.2} of an epoch's training",
            config.tta,
            config.tta.views(),
            plan.test_share()
        );
    }
    let threads = if plan.threads == 1 { "thread" } else { "threads" };
    let adapters: Vec<String> = if plan.adapters.is_empty() {
        vec![plan.adapter.to_string()]
    } else {
        plan.adapters.iter().map(ToString::to_string).collect()
    };
    let mut used = [&plan.adapter].into_iter().chain(&plan.adapters);
    let adapter = if used.all(|adapter| adapter.kind == AdapterKind::Cpu) {
        String::new()
    } else {
        format!(" ({})", adapters.join("; "))
    };
    let what = if config.gradients.accumulate > 1 { "batch" } else { "step" };
    let precision = match config.model.precision() {
        Precision::F32 => String::new(),
        other => format!(" in {}", other.name()),
    };
    say!(
        "device  {}{adapter}, {} {threads}; {:.2} GFLOP a {what}{precision}, about {} MB of memory",
        config.device_names(),
        plan.threads,
        plan.step_flops() as f64 / 1e9,
        plan.memory() / 1_000_000
    );
    if let Some(transfer) = plan.transfer() {
        print_transfer(&transfer);
    }
    say!(
        "chance  {} accuracy, loss {:.3}",
        percent(1.0 / plan.classes.len() as f64),
        config.loss.chance(plan.classes.len())
    );
    if plan.epochs_done > 0 {
        let other = plan.epochs_then.map_or_else(String::new, |then| {
            format!(
                "; {} epochs instead of {then}: from here on with the learning rates of a run \
                 of {}",
                config.epochs, config.epochs
            )
        });
        say!("resume  after epoch {}{other}", plan.epochs_done);
    }
    say!("");
}

/// Connections for which the plan estimates whether several devices pay: the speed of a device in
/// floating-point operations a second, that of the connection in bytes a second, and their name.
const CONNECTIONS: [(f64, f64, &str); 2] = [
    (1e11, 1.25e8, "devices of 100 GFLOP/s over 1 Gbit/s"),
    (2e13, 2e10, "devices of 20 TFLOP/s over 20 GB/s"),
];

/// Prints what an update on several devices sends, and when it pays.
fn print_transfer(transfer: &Transfer) {
    let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    say!(
        "        an update sends {} of weights, {} of gradients, {} of images (unless by shared \
         memory)",
        megabytes(transfer.weights),
        megabytes(transfer.gradients),
        megabytes(transfer.images)
    );
    let [first, second] = CONNECTIONS.map(|(flops, bytes, name)| {
        let batch = transfer.pays_from(flops, bytes).unwrap_or(f64::INFINITY);
        let digits = 10_f64.powf((batch.log10() - 1.0).floor());
        format!("{} ({name})", thousands(((batch / digits).ceil() * digits) as u64))
    });
    say!("        estimate: that pays from a batch size of {first}, {second}");
}

/// Formats a count: `1 epoch`, `2 epochs`.
fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Returns the images of a step, from one or several batches.
fn images(plan: &Plan) -> String {
    match plan.config.gradients.accumulate {
        1 => plan.batch_size.to_string(),
        batches => format!("{batches} x {}", plan.batch_size),
    }
}

/// Returns the settings that change gradients and weights in addition to the optimiser.
fn extras(plan: &Plan) -> String {
    let (config, mut extras) = (&plan.config, Vec::new());
    let gradients = &config.gradients;
    for (clip, what) in [
        (gradients.clip_value, "value"),
        (gradients.clip_tensor_norm, "norm of each tensor"),
        (gradients.clip_norm, "norm"),
    ] {
        if let Some(clip) = clip.filter(|clip| clip.is_finite()) {
            extras.push(format!(", {what} clipped to {clip}"));
        }
    }
    if !config.lasso.is_off() {
        extras.push(format!(", L1 penalty {:e}", config.lasso.l1));
    }
    if config.ema > 0.0 {
        extras.push(format!(", moving average {}", config.ema));
    }
    extras.concat()
}

/// Returns the preset's name if there is one, the steps, and those that are left out.
fn augmentation(plan: &Plan) -> String {
    let augment = &plan.config.augment;
    let steps = augment.steps().join(", ");
    let steps = match augment.preset_name() {
        Some(name) if steps.is_empty() => name.to_owned(),
        Some(name) => format!("{name}: {steps}"),
        None => steps,
    };
    if plan.left_out.is_empty() {
        steps
    } else {
        format!("{steps} (not {}, which do not suit this data)", plan.left_out.join(", "))
    }
}
