local digest = ARGV[1]
local existed = exists(digest)
remove(digest)
return existed and 1 or 0
