//! `skillsyms`: serve, demo and every operator command. Wires everything, decides nothing.

fn main() -> std::process::ExitCode {
    skillsyms::cli::main()
}
