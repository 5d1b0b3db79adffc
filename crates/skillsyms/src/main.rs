//! `skillsyms`: serve, demo and every operator command. Wires everything, decides nothing.

/// Memory calls were a sixth of a look-up's time with the C library's allocator: docs/PERFORMANCE.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    skillsyms::cli::main()
}
