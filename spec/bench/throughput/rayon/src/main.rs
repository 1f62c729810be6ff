//! Rayon in the throughput benchmarks: parallel iterators as its manual has them. Arguments, items and what is printed
//! are those of harness.h.

use rayon::prelude::*;
use std::collections::HashMap;
use std::time::Instant;
use std::{env, fs};

struct Bench {
    x: Vec<f64>,
    y: Vec<f64>,
    out: Vec<f64>,
    words: Vec<u32>,
    sorted_words: Vec<u32>,
    keys: Vec<i64>,
    copies: Vec<usize>,
}

fn mixed(k: u64) -> u64 {
    let z = (k + 1).wrapping_mul(0x9E3779B97F4A7C15);
    let z = (z ^ (z >> 32)).wrapping_mul(0xD6E8FEB86659FD93);
    z ^ (z >> 32)
}

fn uniform(n: usize, odd: u64) -> Vec<f64> {
    (0..n as u64).map(|i| (mixed(2 * i + odd) >> 11) as f64 / (1u64 << 53) as f64).collect()
}

fn ends_and_middle(x: &[f64]) -> f64 {
    if x.is_empty() { 0.0 } else { x[0] + x[x.len() / 2] + x[x.len() - 1] }
}

fn mandelbrot_steps(i: usize, side: usize) -> usize {
    let (cx, cy) = (
        -2.0 + 3.0 * (i % side) as f64 / side as f64,
        -1.5 + 3.0 * (i / side) as f64 / side as f64,
    );
    let (mut x, mut y, mut k) = (0.0, 0.0, 0);
    while k < 100 && x * x + y * y <= 4.0 {
        let t = x * x - y * y + cx;
        y = 2.0 * x * y + cy;
        x = t;
        k += 1;
    }
    k
}

fn histogram(x: &[f64]) -> f64 {
    let bins = x
        .par_iter()
        .fold(|| vec![0u64; 101], |mut bins, v| {
            bins[(v * 100.0) as usize] += 1;
            bins
        })
        .reduce(|| vec![0u64; 101], |a, b| a.iter().zip(&b).map(|(p, q)| p + q).collect());
    bins.iter().enumerate().map(|(k, c)| (k.min(99) + 1) as f64 * *c as f64).sum()
}

fn count_by(keys: &[i64]) -> f64 {
    let counts = keys
        .par_iter()
        .fold(HashMap::new, |mut counts: HashMap<i64, u64>, key| {
            *counts.entry(*key).or_insert(0) += 1;
            counts
        })
        .reduce(HashMap::new, |mut a, b| {
            for (key, count) in b {
                *a.entry(key).or_insert(0) += count;
            }
            a
        });
    counts.len() as f64 + counts[&keys[0]] as f64
}

fn flat_map(b: &Bench, n: usize) -> f64 {
    let made: Vec<f64> = b.x[..n / 10]
        .par_iter()
        .zip(&b.copies[..n / 10])
        .flat_map_iter(|(x, copies)| std::iter::repeat(*x).take(*copies))
        .collect();
    made.len() as f64 + ends_and_middle(&made)
}

/// The largest memory this process ever had, in bytes.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("a /proc");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    1024.0 * line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap()
}

fn run(name: &str, b: &mut Bench, n: usize) -> f64 {
    let x = &b.x[..n.min(b.x.len())];
    let y = &b.y[..n.min(b.y.len())];
    match name {
        "dot" => x.par_iter().zip(y).map(|(x, y)| x * y).sum(),
        "sum" => x.par_iter().sum(),
        "chain" => x.par_iter().zip(y).map(|(x, y)| (x * x + y * y).sqrt() * 0.5 + 1.0).sum(),
        "filter" => x.par_iter().filter(|x| **x > 0.5).sum(),
        "exp" => {
            let out = &mut b.out[..n];
            out.par_iter_mut().zip(x).for_each(|(o, x)| *o = (-x * x).exp());
            ends_and_middle(out)
        }
        "exp_new" => ends_and_middle(&x.par_iter().map(|x| (-x * x).exp()).collect::<Vec<_>>()),
        "windows" => {
            let out = &mut b.out[..n - 2];
            out.par_iter_mut().zip(x.par_windows(3)).for_each(|(o, w)| *o = (w[0] + w[2] + 2.0 * w[1]) * 0.25);
            ends_and_middle(out)
        }
        "add_new" => ends_and_middle(&x.par_iter().map(|x| x + 1.0).collect::<Vec<_>>()),
        "convolution" => {
            let w = (n as f64).sqrt() as usize;
            let out = &mut b.out[..n - 2 * w - 2];
            out.par_iter_mut().enumerate().for_each(|(i, o)| {
                let column = |i: usize| x[i] + x[i + 2 * w] + 2.0 * x[i + w];
                *o = (column(i) + column(i + 2) + 2.0 * column(i + 1)) / 16.0
            });
            ends_and_middle(out)
        }
        "histogram" => histogram(x),
        "count_by" => count_by(&b.keys[..n]),
        "flat_map" => flat_map(b, n),
        "sort" => {
            b.out[..n].par_sort_unstable_by(f64::total_cmp);
            ends_and_middle(&b.out[..n])
        }
        "sort_u32" => {
            let w = &mut b.sorted_words[..n];
            w.par_sort_unstable();
            w[0] as f64 + w[n / 2] as f64 + w[n - 1] as f64
        }
        "mandelbrot" => {
            let side = (n as f64).sqrt() as usize;
            let rows = (0..side).into_par_iter();
            rows.map(|row| (0..side).map(|j| mandelbrot_steps(row * side + j, side)).sum::<usize>()).sum::<usize>() as f64
        }
        _ => panic!("no such workload"),
    }
}

/// Seconds of one run, of so many in a row; what happens before a run is left out.
fn timed(name: &str, b: &mut Bench, n: usize, calls: u64, check: &mut f64) -> f64 {
    if !name.starts_with("sort") {
        let start = Instant::now();
        for _ in 0..calls {
            *check = run(name, b, n);
        }
        return start.elapsed().as_secs_f64() / calls as f64;
    }
    let mut seconds = 0.0;
    for _ in 0..calls {
        match name {
            "sort" => b.out[..n].copy_from_slice(&b.x[..n]),
            _ => b.sorted_words[..n].copy_from_slice(&b.words[..n]),
        }
        let start = Instant::now();
        *check = run(name, b, n);
        seconds += start.elapsed().as_secs_f64();
    }
    seconds / calls as f64
}

fn shortest(name: &str, b: &mut Bench, n: usize, check: &mut f64) -> f64 {
    let mut once = timed(name, b, n, 1, check);
    if once < 0.1 {
        once = timed(name, b, n, 1, check);
    }
    let calls = if once < 1e-3 { (1e-3 / (once + 1e-9)) as u64 + 1 } else { 1 };
    let (mut least, mut total, mut batch) = (f64::INFINITY, 0.0, 0);
    while if batch < 3 { total < 0.1 } else { total < 0.02 } {
        let seconds = timed(name, b, n, calls, check);
        total += seconds * calls as f64;
        least = least.min(seconds);
        batch += 1;
    }
    least
}

fn main() {
    let wanted: Vec<(String, usize)> = env::args()
        .skip(1)
        .map(|argument| {
            let (name, n) = argument.split_once(':').expect("usage: WORKLOAD:N ...");
            (name.to_string(), n.parse().expect("a number of items"))
        })
        .collect();
    let longest = |names: &[&str]| {
        wanted.iter().filter(|(name, _)| names.contains(&name.as_str())).map(|(_, n)| *n).max().unwrap_or(0)
    };
    let (words, keys) = (longest(&["sort_u32"]), longest(&["count_by"]));
    let items = longest(&["dot", "sum", "chain", "filter", "exp", "exp_new", "add_new", "windows", "convolution",
                          "histogram", "flat_map", "flat_map_memory", "sort"]);
    let mut b = Bench {
        x: uniform(items, 0),
        y: uniform(longest(&["dot", "chain"]), 1),
        out: vec![0.0; longest(&["exp", "windows", "convolution", "sort"])],
        words: (0..words as u64).map(|i| (mixed(i) >> 32) as u32).collect(),
        sorted_words: vec![0; words],
        keys: (0..keys as u64).map(|i| (mixed(i) >> 11) as i64 % 1000 * 1000003).collect(),
        copies: (0..longest(&["flat_map", "flat_map_memory"])).map(|i| i % 21).collect(),
    };
    for (name, n) in &wanted {
        let mut check = 0.0;
        let result = if name == "flat_map_memory" {
            let before = peak();
            check = run("flat_map", &mut b, *n);
            (peak() - before) / (8.0 * check.floor())
        } else {
            shortest(name, &mut b, *n, &mut check)
        };
        println!("{name} {n} {result:.12} {check:.17e}");
    }
}
