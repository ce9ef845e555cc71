//! The program as a process, with requests by curl.

#[cfg(test)]
mod api;
#[cfg(test)]
mod api_keys;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod misconfiguration;
#[cfg(test)]
mod routes;
