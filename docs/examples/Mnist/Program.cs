Console.Error.WriteLine("Mnist: not written yet.");
return 1;
