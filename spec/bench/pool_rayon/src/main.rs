//! The side of Rayon in the fork-join benchmarks: see pool.c, whose arguments it takes.

use std::env;
use std::ptr;
use std::time::Instant;

/// As in pool.c, and laid out in memory as there: a node, its left subtree, its right subtree.
#[repr(C)]
struct Node {
    left: *const Node,
    right: *const Node,
    value: i64,
}

// Nobody changes a tree that has grown.
unsafe impl Sync for Node {}

/// Writes a tree from `next` on, which it leaves behind the tree, and returns the root. There has to be room.
unsafe fn grow(next: &mut *mut Node, depth: u32) -> *const Node {
    let node = *next;
    *next = node.add(1);
    let deeper = depth > 1;
    let left = if deeper { grow(next, depth - 1) } else { ptr::null() };
    let right = if deeper { grow(next, depth - 1) } else { ptr::null() };
    node.write(Node { left, right, value: 1 });
    node
}

fn sum(node: &Node) -> i64 {
    if node.left.is_null() {
        return node.value;
    }
    // A node that has one child has both, and they live as long as it does.
    let (left, right) = unsafe { (&*node.left, &*node.right) };
    let (l, r) = rayon::join(|| sum(left), || sum(right));
    node.value + l + r
}

fn main() {
    let args: Vec<String> = env::args().collect();
    assert!(args.len() == 5 && args[1] == "tree", "usage: pool_rayon tree SIZE THREADS REPETITIONS");
    let depth: u32 = args[2].parse().expect("a size");
    let threads = args[3].parse().expect("a number of threads");
    let repetitions: u32 = args[4].parse().expect("a number of repetitions");
    let mut nodes: Vec<Node> = Vec::with_capacity(1 << depth);
    let root = unsafe { &*grow(&mut nodes.as_mut_ptr(), depth) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    for repetition in 0..=repetitions {
        let start = Instant::now();
        let total = pool.install(|| sum(root));
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(total, (1 << depth) - 1, "wrong sum of the tree");
        if repetition > 0 {
            println!("{seconds:.12}");
        }
    }
}
