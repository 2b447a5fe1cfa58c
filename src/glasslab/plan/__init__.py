"""What is asked: study files, variants, claims, and the settings of every data set, net and recipe."""
