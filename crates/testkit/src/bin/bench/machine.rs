//! What the machine says of a process and of itself: `/proc`.

use anyhow::{Context as _, Result};

/// Ticks of a second in `/proc/PID/stat`: the kernel's `USER_HZ`, 100 on every Linux that this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Seconds of CPU that a process used so far, in all its threads.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is a name in brackets, which may hold anything.
    let (_, rest) = text.rsplit_once(')').context("/proc/PID/stat")?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let mut ticks = || {
        fields
            .next()
            .and_then(|field| field.parse::<f64>().ok())
            .context("/proc/PID/stat")
    };
    Ok((ticks()? + ticks()?) / TICKS_PER_SECOND)
}

/// A figure of `/proc/PID/status`, in MiB: `VmHWM` is the most memory that was ever used, `VmRSS` what is used now.
pub fn memory_mib(pid: u32, field: &str) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kib = line.and_then(|line| line.split_ascii_whitespace().next()?.parse::<f64>().ok());
    Ok(kib.with_context(|| field.to_owned())? / 1024.0)
}

/// CPU time of the whole machine: used, and used or idle, in seconds.
#[derive(Clone, Copy)]
pub struct Machine {
    used: f64,
    all: f64,
}

impl Machine {
    /// Now.
    pub fn now() -> Result<Self> {
        let text = std::fs::read_to_string("/proc/stat")?;
        let line = text.lines().next().context("/proc/stat")?;
        let ticks: Vec<f64> = line
            .split_ascii_whitespace()
            .skip(1)
            .take(8)
            .filter_map(|field| field.parse().ok())
            .collect();
        let all: f64 = ticks.iter().sum();
        let idle: f64 = ticks.iter().skip(3).take(2).sum();
        Ok(Self {
            used: (all - idle) / TICKS_PER_SECOND,
            all: all / TICKS_PER_SECOND,
        })
    }

    /// The share of the machine that others took since then, in percent, if `own` seconds of CPU were ours.
    pub fn others_since(&self, own: f64) -> Result<f64> {
        let now = Self::now()?;
        let all = (now.all - self.all).max(0.01);
        Ok(((now.used - self.used - own) / all * 100.0).clamp(0.0, 100.0))
    }
}

/// What this was measured on.
pub fn description() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpu.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_ascii_whitespace().next().unwrap_or("?").to_owned();
    format!("{cores} cores ({}), load at the start {load}", field("model name"))
}
