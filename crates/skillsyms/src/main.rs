//! `skillsyms`: serve, demo and every operator command. Wires everything, decides nothing.

// A request allocates some hundred times; SQLCipher and OpenSSL share it, because malloc itself is replaced.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    skillsyms::cli::main()
}
