//! The program as a process, with requests as every kind of caller.

#[cfg(test)]
mod access_map;
#[cfg(test)]
mod access_table;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod callers;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod files;
#[cfg(test)]
mod grpc;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod log_in;
#[cfg(test)]
mod password;
#[cfg(test)]
mod printed_commands;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod updates;
