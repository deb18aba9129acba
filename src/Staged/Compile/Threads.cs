using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace StagedDiff;

/// <summary>
/// The threads that share the chunks of a kernel: the caller and a few persistent workers, one team for the process.
/// Nobody waits for a worker to come: chunks are claimed one by one, and the caller takes all of them if the workers are late.
/// </summary>
/// <remarks>A worker spins for 30 µs after its last chunk, so that kernels in a row hand over in a fraction of a microsecond; then it parks.</remarks>
sealed class Team
{
    const int MostTickets = 0xffff;
    static readonly long Patience = Stopwatch.Frequency * 30 / 1_000_000;
    static readonly Team Shared = new();

    /// <summary>Threads where nobody says how many: STAGEDDIFF_THREADS, or as many as there are processors.</summary>
    public static readonly int Default = int.TryParse(Environment.GetEnvironmentVariable("STAGEDDIFF_THREADS"), out int n) && n > 0 ? n : Environment.ProcessorCount;

    // On cache lines of their own: workers poll the job while others count down.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    struct Lines
    {
        /// <summary>Generation (32 bits), end of the tickets left (16), the first of them (16): one word, so that a late worker never claims from a later job.</summary>
        [FieldOffset(64)] public long Job;
        [FieldOffset(128)] public int Left;
        [FieldOffset(192)] public int Busy;
    }

    Lines lines;
    Worker[] workers = [];
    int seats, chunks, tickets;
    Action<int>? body;
    ExceptionDispatchInfo? error;
    int waiting;
    readonly AutoResetEvent finished = new(false);

    /// <summary>Calls <paramref name="body"/> once for each chunk, on at most <paramref name="threads"/> threads, and returns when all calls have.</summary>
    /// <remarks>
    /// The first exception is thrown here after the running calls have ended; chunks not begun are dropped. A call from inside a body, or
    /// while another thread has the team, runs its chunks itself, in order. Bodies see no AsyncLocal of the caller.
    /// </remarks>
    public static void Run(int threads, int chunks, Action<int> body)
    {
        if (threads > 1 && chunks > 1 && Interlocked.CompareExchange(ref Shared.lines.Busy, 1, 0) == 0)
            Shared.Share(threads, chunks, body);
        else
            for (int i = 0; i < chunks; i++) body(i);
    }

    /// <summary>Calls <paramref name="body"/> for parts of 0 … <paramref name="end"/>, each a multiple of <paramref name="grain"/> but the last: some four for each thread.</summary>
    public static void RunRange(int threads, long end, long grain, Action<long, long> body)
    {
        long parts = Math.Clamp(end / grain, 1, 4L * threads), size = ((end + parts - 1) / parts + grain - 1) / grain * grain;
        Run(threads, (int)((end + size - 1) / size), part => body(part * size, Math.Min(end, (part + 1) * size)));
    }

    /// <summary>How many times chunks were shared out in this process.</summary>
    public static int Jobs => Shared.Generation;

    int Generation => (int)(Volatile.Read(ref lines.Job) >> 32);

    void Share(int threads, int chunks, Action<int> body)
    {
        try
        {
            (this.chunks, this.body, tickets) = (chunks, body, Math.Min(chunks, MostTickets));
            seats = Math.Min(threads, tickets) - 1;
            Hire(seats);
            lines.Left = tickets;
            int generation = Generation + 1;
            Interlocked.Exchange(ref lines.Job, (long)generation << 32 | (long)tickets << 16);
            for (int i = 0; i < seats; i++) workers[i].Wake();
            Serve(generation, atEnd: false);
            Join();
            error?.Throw();
        }
        finally
        {
            (this.body, error) = (null, null);
            Volatile.Write(ref lines.Busy, 0);
        }
    }

    void Hire(int count)
    {
        if (workers.Length >= count) return;
        var all = new Worker[count];
        workers.CopyTo(all, 0);
        for (int i = workers.Length; i < count; i++) all[i] = new(this, i, Generation);
        workers = all;
    }

    /// <summary>
    /// Takes tickets of this generation while there are any: the caller from the first on, workers from the last, so that from one job to the next each
    /// finds in its own cache what it wrote. What a ticket needs stays valid until it is handed in.
    /// </summary>
    void Serve(int generation, bool atEnd)
    {
        int done = 0;
        for (; Claim(generation, atEnd, out long ticket); done++)
            if (Volatile.Read(ref error) is null) Serve(ticket);
        if (done > 0 && Interlocked.Add(ref lines.Left, -done) == 0 && Volatile.Read(ref waiting) != 0) finished.Set();
    }

    void Serve(long ticket)
    {
        try
        {
            int end = (int)((ticket + 1) * chunks / tickets);
            for (int i = (int)(ticket * chunks / tickets); i < end; i++) body!(i);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref error, ExceptionDispatchInfo.Capture(e), null);
        }
    }

    bool Claim(int generation, bool atEnd, out long ticket)
    {
        while (true)
        {
            long job = Volatile.Read(ref lines.Job), first = job & 0xffff, end = job >> 16 & 0xffff;
            ticket = atEnd ? end - 1 : first;
            if ((int)(job >> 32) != generation || first >= end) return false;
            if (Interlocked.CompareExchange(ref lines.Job, atEnd ? job - 0x10000 : job + 1, job) == job) return true;
        }
    }

    void Join()
    {
        long start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref lines.Left) != 0)
        {
            if (Stopwatch.GetTimestamp() - start < Patience)
            {
                Thread.SpinWait(1);
                continue;
            }
            Interlocked.Exchange(ref waiting, 1);
            if (Volatile.Read(ref lines.Left) != 0) finished.WaitOne();
            waiting = 0;
        }
    }

    sealed class Worker
    {
        readonly Team team;
        readonly int seat;
        readonly AutoResetEvent wake = new(false);
        int seen, parked;

        public Worker(Team team, int seat, int seen)
        {
            (this.team, this.seat, this.seen) = (team, seat, seen);
            new Thread(Work) { IsBackground = true, Name = $"StagedDiff worker {seat}" }.UnsafeStart();
        }

        public void Wake()
        {
            if (Volatile.Read(ref parked) != 0 && Interlocked.Exchange(ref parked, 0) != 0) wake.Set();
        }

        void Work()
        {
            while (true)
            {
                Await();
                team.Serve(seen, atEnd: true);
            }
        }

        /// <summary>Returns at a job that has a seat for this worker. Beyond the machine's cores spinning only takes time from the others.</summary>
        void Await()
        {
            long patience = seat < Environment.ProcessorCount - 1 ? Patience : 0, start = Stopwatch.GetTimestamp();
            while (!Called())
            {
                if (Stopwatch.GetTimestamp() - start < patience)
                {
                    Thread.SpinWait(1);
                    continue;
                }
                Interlocked.Exchange(ref parked, 1);
                if (team.Generation == seen) wake.WaitOne();
                Volatile.Write(ref parked, 0);
            }
        }

        bool Called()
        {
            int now = team.Generation;
            if (now == seen) return false;
            seen = now;
            return seat < team.seats;
        }
    }
}
