Console.Error.WriteLine("Workloads: not written yet.");
return 1;
